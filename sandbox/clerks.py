"""The reviewers of duplicate detection, who look at the evidence of a held application and say what they see.

A clerk decides only what the evidence shows and leaves the rest to others. With an oracle (the sandbox knows the truth;
it stands for a telephone call or a visit) everything is clear but which of two copies is to stay.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from time import monotonic, sleep
from typing import Any, NamedTuple

from sandbox.providers.accounts import position_of
from shared.http.client import Client

STAGE = "dedup"
SamePerson = Callable[[str, str], bool]
"""Whether two applications, by their ids, are of one person."""

_AT_ONCE = 8
_POLL_S = 0.1
_PAGE = 200


class Seen(Enum):
    """What a clerk makes of a pair."""

    SAME = "same"
    TWO = "two"
    UNSURE = "unsure"


class Verdict(NamedTuple):
    """``duplicate_of`` is None for a verdict of *distinct*."""

    duplicate_of: str | None
    reason: str

    @property
    def word(self) -> str:
        """As the contract says it."""
        return "distinct" if self.duplicate_of is None else "duplicate"


@dataclass(frozen=True, slots=True)
class Clerk:
    """Takes a share of the reviews, the same ones by seed whenever asked."""

    seed: int = 1
    share: float = 0.5
    oracle: SamePerson | None = None

    def takes(self, application_id: str) -> bool:
        """Whether this review lies on the clerk's desk."""
        return position_of(self.seed, "review", application_id) < self.share

    def judge(self, review: Mapping[str, Any]) -> Verdict | None:
        """The verdict on a review as ``GET /v1/reviews/{id}`` shows it; None where the clerk cannot tell.

        Only an accepted application can be named as the one that stays.
        """
        suspects: Sequence[Mapping[str, Any]] = review["suspects"]
        seen = [(suspect, self._look(review["application_id"], suspect)) for suspect in suspects]
        same = [suspect for suspect, what in seen if what is Seen.SAME]
        accepted = [suspect["application_id"] for suspect in same if suspect.get("standing") == "accepted"]
        in_programme = [
            suspect["application_id"]
            for suspect in same
            if suspect["application_id"] in accepted and suspect.get("programme") == review["programme"]
        ]
        if accepted:
            return Verdict((in_programme or accepted)[0], "The evidence shows one person.")
        if not seen or same or any(what is Seen.UNSURE for _, what in seen):
            return None
        return Verdict(None, "The evidence shows different people.")

    def _look(self, application_id: str, suspect: Mapping[str, Any]) -> Seen:
        if self.oracle is not None:
            return Seen.SAME if self.oracle(application_id, suspect["application_id"]) else Seen.TWO
        return compare({field["field"]: field["agreement"] for field in suspect.get("fields") or ()})


_EQUAL = frozenset({"equal", "exact", "partial"})
_DIFFERENT = frozenset({"differ", "year_differ"})


def compare(levels: Mapping[str, str]) -> Seen:
    """What the agreements of the fields show, as the review names them.

    Twins share parents, birth date and telephone, so without an id a name must be equal; a borrowed id shows by a
    name and a birth date that both differ.
    """
    fields = {field: _word(level) for field, level in levels.items()}
    name, born, number = (fields.get(field, "unknown") for field in ("name", "birth_date", "national_id"))
    parents = [fields.get("mother", "unknown"), fields.get("father", "unknown")]
    family = "different" not in parents and "equal" in parents
    supported = family or fields.get("mobile") == "equal"
    if fields.get("sex") == "different":
        return Seen.TWO if number != "equal" else Seen.UNSURE
    if number == "equal":
        if name in ("equal", "near") and born != "different":
            return Seen.SAME
        return Seen.TWO if name == born == "different" else Seen.UNSURE
    if number == "near":
        if name == "equal" and born in ("equal", "near") and supported:
            return Seen.SAME
        return Seen.TWO if name == "different" else Seen.UNSURE
    if number == "different":
        return Seen.TWO if name != "equal" or born == "different" else Seen.UNSURE
    if name == "equal" and born == "equal" and supported:
        return Seen.SAME
    return Seen.TWO if "different" in (name, born) else Seen.UNSURE


def _word(level: str) -> str:
    """Equal, near, different or unknown, whatever the model's levels of a field are called."""
    if level in _EQUAL:
        return "equal"
    if level in _DIFFERENT:
        return "different"
    return "near" if level else "unknown"


@dataclass(slots=True)
class Work:
    """What came of a clerk's day: ``left`` were not on the desk or could not be told, ``refused`` came too late."""

    seen: int = 0
    distinct: int = 0
    duplicate: int = 0
    left: int = 0
    refused: int = 0


def decide_reviews(
    client: Client,
    clerk: Clerk = Clerk(),
    *,
    wait_s: float = 15.0,
    clock: Callable[[], float] = monotonic,
    pause: Callable[[float], None] = sleep,
) -> Work:
    """Go once through the reviews that are open now, and wait up to ``wait_s`` seconds until dedup has decided.

    A verdict that was refused (the hold has ended otherwise) or is still undecided then counts as ``refused``. Raises
    what ``Client`` raises.
    """
    work = Work()
    listed = list(client.entries(STAGE, "/v1/reviews", "reviews", {"limit": _PAGE}))
    work.seen = len(listed)
    taken = [review["application_id"] for review in listed if clerk.takes(review["application_id"])]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        reviews = [review for review in pool.map(lambda name: _open_review(client, name), taken) if review is not None]
        verdicts = [(review, said) for review in reviews if (said := clerk.judge(review)) is not None]
        commands = list(pool.map(lambda one: _say(client, *one), verdicts))
    work.left = work.seen - len(verdicts)
    until = clock() + wait_s
    for (_, said), command_id in zip(verdicts, commands, strict=True):
        while (state := client.command(STAGE, command_id).state) == "pending" and clock() < until:
            pause(_POLL_S)
        if state != "done":
            work.refused += 1
        elif said.duplicate_of is None:
            work.distinct += 1
        else:
            work.duplicate += 1
    return work


def _open_review(client: Client, application_id: str) -> dict[str, Any] | None:
    """The review with its evidence; None if its hold has ended since it was listed."""
    review: dict[str, Any] = client.request("GET", STAGE, f"/v1/reviews/{application_id}").json()
    return review if review["held"] else None


def _say(client: Client, review: Mapping[str, Any], said: Verdict) -> str:
    wish = {"revision": review["revision"], "n": review["n"], "verdict": said.word, "reason": said.reason}
    if said.duplicate_of is not None:
        wish["duplicate_of"] = said.duplicate_of
    answer = client.request("POST", STAGE, f"/v1/reviews/{review['application_id']}/verdict", json=wish).json()
    return str(answer["command_id"])

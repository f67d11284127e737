"""The selection committees of unions and upazilas: they meet on the closed rounds and decide who gets the places.

They confirm nearly all in the order of the ranks and refuse a few, as they know things that no form says. That is made
up: by a share and a seed, the same for an application whenever it is asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, Final, NamedTuple

from sandbox.providers.accounts import position_of
from shared.http.client import Client

STAGE = "enrolment"
REFUSALS: Final = (
    "Found dead at the verification visit. / যাচাইয়ের সময় মৃত পাওয়া গেছে।",
    "Moved away; not known at the address. / ঠিকানায় পাওয়া যায়নি, এলাকা ছেড়ে গেছেন।",
    "Owns more than was declared. / ঘোষণার চেয়ে বেশি সম্পদ আছে।",
)
OVERRIDE: Final = "Lost the house to river erosion after the form was filled in. / আবেদনের পর নদীভাঙনে গৃহহীন হয়েছেন।"
_AT_ONCE = 8
_POLL_S = 0.3


class Word(NamedTuple):
    """What a committee says of one application."""

    application_id: str
    round_id: str
    selected: bool
    override: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares of those who are offered a place, all assumed: refused, and passed over for somebody further down."""

    seed: int = 1
    refused: float = 0.03
    override: float = 0.0


@dataclass(slots=True)
class Minutes:
    """What was decided; ``left_open`` are offers that nobody had decided on at the end."""

    confirmed: int = 0
    refused: int = 0
    overridden: int = 0
    left_open: int = 0


def words(round_id: str, members: Iterable[Mapping[str, Any]], habits: Habits) -> list[Word]:
    """What the committee of one cell says about its members as they stand, poorest first.

    Where it overrides it says that first and alone: the one who is taken out of order gets the last offered place,
    and whoever is still offered one is decided on when the committee looks again.
    """
    members = list(members)
    offered = [member["application_id"] for member in members if member["state"] == "offered"]
    waiting = [member["application_id"] for member in members if member["state"] == "waiting"]
    taken = {member["application_id"] for member in members if member["state"] == "confirmed"}
    favourites = [name for name in waiting if position_of(habits.seed, "favourite", name) < 0.5] or waiting
    if offered and favourites and not taken:
        chance = 1 - (1 - habits.override) ** len(offered)
        if position_of(habits.seed, "override", f"{round_id}|{offered[0]}") < chance:
            return [Word(favourites[-1], round_id, True, True, OVERRIDE)]
    return [_word(name, round_id, habits) for name in offered]


def _word(application_id: str, round_id: str, habits: Habits) -> Word:
    position = position_of(habits.seed, "committee", application_id)
    if position >= habits.refused:
        return Word(application_id, round_id, True)
    return Word(application_id, round_id, False, False, REFUSALS[int(position / habits.refused * len(REFUSALS))])


def decide_rounds(
    client: Client,
    habits: Habits = Habits(),
    *,
    quiet_s: float = 10.0,
    clock: Callable[[], float] = monotonic,
    pause: Callable[[float], None] = sleep,
    progress: Callable[[Minutes], None] = lambda _: None,
) -> Minutes:
    """Decide on every offer of every closed round, and on those that follow from refusals, until none is open.

    Cells are still being ranked when a round has just been closed: it ends when all are and nobody is offered a place,
    or when nothing has changed for ``quiet_s`` seconds. Raises what ``Client`` raises.
    """
    minutes, said = Minutes(), set[tuple[str, str, bool]]()
    changed_at, before = clock(), ""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while True:
            rounds = _closed_rounds(client)
            cells = [(round_id, cell) for round_id in rounds for cell in _cells(client, round_id)]
            with_offers = [(round_id, cell["cell"]) for round_id, cell in cells if cell["offered"] and cell["ranked"]]
            spoken = [
                word
                for about in pool.map(lambda where: _members(client, *where), with_offers)
                for word in words(*about, habits)
                if (word.round_id, word.application_id, word.override) not in said
            ]
            list(pool.map(lambda word: _say(client, word), spoken))
            said |= {(word.round_id, word.application_id, word.override) for word in spoken}
            _note(minutes, spoken)
            progress(minutes)
            minutes.left_open = sum(cell["offered"] for _, cell in cells)
            all_ranked = all(cell["ranked"] or not cell["waiting"] for _, cell in cells)
            if not minutes.left_open and all_ranked:
                return minutes
            now = str(cells)
            if now != before or spoken:
                changed_at, before = clock(), now
            elif clock() - changed_at > quiet_s:
                return minutes
            pause(_POLL_S)


def _closed_rounds(client: Client) -> list[str]:
    """The last closed round of each programme: of earlier ones nothing is open."""
    last: dict[str, str] = {}
    for row in client.request("GET", STAGE, "/v1/rounds").json()["rounds"]:
        if row["state"] == "closed":
            last[row["programme"]] = row["round_id"]
    return list(last.values())


def _cells(client: Client, round_id: str) -> Iterator[dict[str, Any]]:
    after: str | None = ""
    while after is not None:
        page = client.request("GET", STAGE, f"/v1/rounds/{round_id}", params={"after": after}).json()
        yield from page["cells"]
        after = page["next"]


def _members(client: Client, round_id: str, cell: str) -> tuple[str, list[dict[str, Any]]]:
    return round_id, client.request("GET", STAGE, f"/v1/rounds/{round_id}/cells/{cell}").json()["members"]


def _say(client: Client, word: Word) -> None:
    arguments = {
        "round_id": word.round_id, "selected": word.selected, "override": word.override, "reason": word.reason,
    }  # fmt: skip
    key = f"{word.round_id}|{word.application_id}|{'override' if word.override else 'turn'}"
    client.send_command(STAGE, "select", word.application_id, arguments, wait_s=0, idempotency_key=key)


def _note(minutes: Minutes, spoken: Iterable[Word]) -> None:
    for word in spoken:
        if word.override:
            minutes.overridden += 1
        elif word.selected:
            minutes.confirmed += 1
        else:
            minutes.refused += 1

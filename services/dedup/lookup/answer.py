"""What a ministry is told of a person: programmes and how they stand, and nothing of anybody that it did not send."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from services.dedup.lookup.rights import Right
from services.dedup.ruling import Standing
from shared.contracts.status import Reason
from shared.policy.policy import Policy

Known = Literal["unknown", "known", "uncertain"]
May = Literal["yes", "no", "apply"]
Status = Literal["receiving", "suspended", "listed", "applied", "ended"]
"""*listed*: on a list of beneficiaries that was loaded; *applied*: accepted, and no place yet."""

_PLACES: Final = frozenset({"receiving", "suspended", "listed"})


class Seen(NamedTuple):
    """An application that may be of the person asked for. ``sure``: the matching alone would call it one person.

    ``listed``: it is no application, but somebody of a list of beneficiaries.
    """

    application_id: str
    programme: str
    standing: Standing
    person_id: str | None
    cluster: tuple[str, ...]
    sure: bool
    listed: bool = False


class Programme(NamedTuple):
    """A programme that the person has to do with; ``groups`` are the exclusion groups shared with the one asked for."""

    code: str
    status: Status
    groups: tuple[str, ...]


class Answer(NamedTuple):
    """``may`` is *yes* where the registry knows no obstacle, *no*, or *apply*: only an application can tell."""

    answer: Known
    may: May
    programmes: tuple[Programme, ...]
    reasons: tuple[Reason, ...]


_TEXTS: Final = {
    "nobody_known": (
        "The registry knows nobody who could be this person.",
        "নিবন্ধনে এই ব্যক্তি হতে পারেন এমন কেউ নেই।",
    ),
    "no_obstacle": (
        "The registry knows this person, and no place that excludes this programme.",
        "নিবন্ধন এই ব্যক্তিকে চেনে; এই কর্মসূচির পরিপন্থী কোনো সুবিধা পাওয়া যায়নি।",
    ),
    "has_it_already": (
        "This person has a place in this programme already.",
        "এই ব্যক্তি এই কর্মসূচিতে আগে থেকেই আছেন।",
    ),
    "applied_already": (
        "An application of this person for this programme has been accepted already.",
        "এই কর্মসূচিতে এই ব্যক্তির একটি আবেদন আগেই গৃহীত হয়েছে।",
    ),
    "excluded": (
        "This person has a place in a programme that excludes this one.",
        "এই ব্যক্তি এমন একটি কর্মসূচিতে আছেন যার সঙ্গে এটি একত্রে পাওয়া যায় না।",
    ),
    "applied_elsewhere": (
        "This person has applied for a programme that excludes this one; who is given a place first decides.",
        "এই ব্যক্তি এমন একটি কর্মসূচিতে আবেদন করেছেন যার সঙ্গে এটি একত্রে পাওয়া যায় না; যেটিতে আগে স্থান মিলবে সেটিই থাকবে।",
    ),
    "uncertain": (
        "The registry cannot tell from this: apply, it will be reviewed.",
        "এ থেকে নিশ্চিত হওয়া যায় না: আবেদন করুন, যাচাই করা হবে।",
    ),
}


def reason(code: str) -> Reason:
    """The reason with that code."""
    english, bangla = _TEXTS[code]
    return Reason(code=code, text_en=english, text_bn=bangla)


def sure_of(seen: Sequence[Seen]) -> list[Seen]:
    """The applications that are this person's for sure: accepted ones, all of one person; none where that is open."""
    sure = [one for one in seen if one.sure and one.standing is Standing.ACCEPTED]
    return sure if len({one.person_id for one in sure}) == 1 else []


def answer(
    programme: str, seen: Sequence[Seen], rights: Sequence[Right], policy: Policy, *, complete: bool = True
) -> Answer:
    """``rights`` are those of the applications that ``sure_of`` gives, and of their person.

    ``complete`` says that everybody near was looked at; somebody not seen may be this person.
    """
    sure = sure_of(seen)
    if not sure:
        is_open = not complete or any(one.standing not in (Standing.REFUSED, Standing.WITHDRAWN) for one in seen)
        if is_open:
            return Answer("uncertain", "apply", (), (reason("uncertain"),))
        return Answer("unknown", "yes", (), (reason("nobody_known"),))
    statuses = _statuses(sure, rights)
    programmes = tuple(
        Programme(code, status, _shared(policy, programme, code)) for code, status in sorted(statuses.items())
    )
    may, code = _verdict(programme, programmes)
    return Answer("known", may, programmes, (reason(code),))


_ORDER: Final[tuple[Status, ...]] = ("receiving", "suspended", "listed", "applied", "ended")


def _statuses(sure: Sequence[Seen], rights: Sequence[Right]) -> dict[str, Status]:
    """By programme, the status that binds most. An accepted application without an entitlement has just applied."""
    statuses: dict[str, Status] = {}
    with_right = {right.application_id for right in rights}
    applied: list[tuple[str, Status]] = [
        (one.programme, "listed" if one.listed else "applied") for one in sure if one.application_id not in with_right
    ]
    for programme, status in [*((right.programme, right.status) for right in rights), *applied]:
        before = statuses.get(programme, "ended")
        statuses[programme] = min(before, status, key=_ORDER.index)
    return statuses


def _shared(policy: Policy, ours: str, theirs: str) -> tuple[str, ...]:
    mine, other = policy.programmes.get(ours), policy.programmes.get(theirs)
    if mine is None or other is None:
        return ()
    return tuple(group for group in mine.exclusion_groups if group in other.exclusion_groups)


def _verdict(programme: str, programmes: Sequence[Programme]) -> tuple[May, str]:
    own = next((each.status for each in programmes if each.code == programme), "ended")
    if own in _PLACES:
        return "no", "has_it_already"
    if own == "applied":
        return "no", "applied_already"
    excluding = {each.status for each in programmes if each.groups and each.code != programme}
    if excluding & _PLACES:
        return "no", "excluded"
    if "applied" in excluding:
        return "apply", "applied_elsewhere"
    return "yes", "no_obstacle"

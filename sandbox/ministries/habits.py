"""What each ministry's system is used to: how it writes numbers, names and telephones, and what it leaves out.

The two known gaps are those of seed 002 (Women and Children: gender; Disaster Management: several fields, which
ones policy assumes); every other habit is made up, of the kinds that domain.md §5 and §7 describe.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

MobileStyle = Literal["plain", "plus880", "880", "hyphen"]


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares are of this ministry's forms, from 0 to 1.

    ``id_digits``: a 13-digit national id is sent as 17 or the other way round; a 10-digit one is sent as it is.
    ``english``: forms with names in English too. ``parents_english``: the same of the parents' names.
    ``bangla_digits``: numbers and dates are typed in Bangla digits. ``colon``: a colon stands for the visarga.
    ``precomposed``: য় ড় ঢ় are sent as single code points, which NFC takes apart. ``numbers_as_text``: amounts are
    quoted. ``empty_as``: what an unfilled field looks like. ``gap_share``: forms in which the fields that policy
    tolerates as gaps are empty. ``extra``: fields of its own that nobody asked for. ``backwards``: the form's parts
    come in another order.
    """

    id_digits: Literal[13, 17] | None = None
    english: float = 0.9
    parents_english: float = 0.6
    bangla_digits: float = 0.0
    mobile: MobileStyle = "plain"
    colon: float = 0.0
    precomposed: bool = False
    numbers_as_text: bool = False
    empty_as: Literal["absent", "null", "blank"] = "absent"
    gap_share: float = 1.0
    extra: Mapping[str, object] | None = None
    backwards: bool = False


HABITS: Mapping[str, Habits] = {
    "msw": Habits(id_digits=17, english=0.97, extra={"mis": "isp-mis", "entered_at": "upazila-office"}),
    "mowca": Habits(id_digits=13, english=0.85, mobile="880", empty_as="null", precomposed=True),
    "moca": Habits(english=0.3, parents_english=0.0, bangla_digits=0.9, colon=0.6),
    "mefwd": Habits(id_digits=17, english=0.95, numbers_as_text=True, backwards=True),
    "hsd": Habits(english=0.95, mobile="plus880", extra={"facility": {"level": "union", "visits": [1, 2]}}),
    "molwa": Habits(id_digits=13, english=0.6, parents_english=0.2, bangla_digits=0.5, precomposed=True),
    "lgd": Habits(english=0.4, parents_english=0.1, bangla_digits=0.7, colon=0.3, mobile="hyphen"),
    "mole": Habits(english=0.99, parents_english=0.9, numbers_as_text=True, extra={"employer_code": None}),
    "mochta": Habits(english=0.9, backwards=True, empty_as="blank"),
    "modmr": Habits(english=0.2, parents_english=0.0, bangla_digits=0.3, empty_as="blank", gap_share=0.8),
}
"""By source code; a source that is not listed has no habits of its own."""

NO_HABITS = Habits()

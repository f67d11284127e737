"""The household roster and the proxy-means answers, checked by intake."""

from datetime import date
from typing import Literal

import msgspec

from shared.contracts.base import Event
from shared.contracts.person import Gender

Relation = Literal["self", "spouse", "child", "parent", "sibling", "grandchild", "child_in_law", "other"]
Answer = bool | int | str

ANSWERS: dict[str, type[bool] | type[int] | frozenset[str]] = {
    "any_member_day_labourer": bool,
    "rooms": int,
    "wall": frozenset({"bamboo", "mud", "tin", "brick"}),
    "television": bool,
    "fans": int,
    "mobile_phones": int,
    "bicycle_motorcycle_or_car": bool,
    "cultivable_land_decimals": int,
    "piped_water": bool,
    "female_head": bool,
}
"""The questions of the common form that the models of domain.md §3 need, with the kind of answer.

``wall``: bamboo stands for hemp, hay, bamboo or other; tin for CI sheet or wood. Members by age, school
attendance and household size come from the roster, so they are not asked twice.
"""


class Member(Event, frozen=True, kw_only=True):
    """One person of the household; the applicant is the one whose relation is ``self``."""

    relation: Relation
    date_of_birth: date | None = None
    gender: Gender | None = None
    attends_school: bool | None = None


class Household(Event, frozen=True, kw_only=True):
    """Roster and answers. A question that was not answered is absent: never guessed, never zero."""

    household_ref: str | None = None
    members: tuple[Member, ...] = ()
    answers: dict[str, Answer] = msgspec.field(default_factory=dict)


class Declarations(Event, frozen=True, kw_only=True):
    """Checked declarations; None means not declared, which a criterion treats as unknown."""

    yearly_income_taka: int | None = None
    household_monthly_income_taka: int | None = None
    land_decimals: int | None = None
    other_benefits: tuple[str, ...] | None = None
    government_employee: bool | None = None
    government_pension: bool | None = None
    widowhood_proof: Literal["death_certificate", "divorce_certificate"] | None = None
    remarried: bool | None = None
    disability_card: str | None = None
    pregnancy_weeks: int | None = None
    pregnancy_order: int | None = None
    education_level: Literal["primary", "secondary", "higher_secondary", "higher"] | None = None
    community: Literal["hijra", "bede", "anagrasar", "tea_worker"] | None = None

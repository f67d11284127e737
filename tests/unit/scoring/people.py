"""Applications to score: one that meets everything, to be changed by each test."""

from datetime import UTC, date, datetime
from typing import Any

from shared.contracts.chain import Validated
from shared.contracts.household import Answer, Declarations, Household, Member
from shared.contracts.person import Address, Gender, Name, Person
from tests.shipped import shipped_policy

POLICY = shipped_policy()
RECEIVED = datetime(2026, 11, 10, 4, 0, tzinfo=UTC)
REFERENCE = date(2026, 7, 1)

POOREST: dict[str, Answer] = {
    "any_member_day_labourer": True,
    "rooms": 1,
    "wall": "bamboo",
    "television": False,
    "fans": 0,
    "mobile_phones": 0,
    "bicycle_motorcycle_or_car": False,
    "cultivable_land_decimals": 0,
    "piped_water": False,
    "female_head": False,
}


def person(**changes: Any) -> Person:
    """A widow of 70 with every field that a criterion may ask for."""
    fields: dict[str, Any] = {
        "name": Name(bn="রহিমা খাতুন"),
        "date_of_birth": date(1956, 3, 4),
        "gender": Gender.FEMALE,
        "nationality": "050",
        "marital_status": "3",
        "permanent_address": Address(division="30", district="26", upazila="14", union="23"),
    }
    return Person(**(fields | changes))


def declarations(**changes: Any) -> Declarations:
    """Declares everything that the open programmes ask for."""
    fields: dict[str, Any] = {
        "yearly_income_taka": 9_000,
        "household_monthly_income_taka": 7_000,
        "land_decimals": 3,
        "other_benefits": (),
        "government_employee": False,
        "government_pension": False,
        "widowhood_proof": "death_certificate",
        "remarried": False,
        "disability_card": "19562694",
        "pregnancy_weeks": 20,
        "pregnancy_order": 1,
    }
    return Declarations(**(fields | changes))


def household(*born: date | None, **answers: Answer) -> Household:
    """Members with these birth dates, who attend school, and the poorest answers but for ``answers``."""
    members = tuple(
        Member(relation="self" if index == 0 else "other", date_of_birth=day, attends_school=True)
        for index, day in enumerate(born or (date(1956, 3, 4),))
    )
    return Household(members=members, answers=POOREST | answers)


def application(programme: str, **parts: Any) -> Validated:
    """An accepted application; by default everything is met."""
    fields: dict[str, Any] = {
        "application_id": "a-1",
        "source": "lgd",
        "source_ref": "r-1",
        "revision": 1,
        "n": 1,
        "programme": programme,
        "received_at": RECEIVED,
        "outcome": "passed",
        "person": person(),
        "household": household(),
        "declarations": declarations(),
    }
    return Validated(**(fields | parts))

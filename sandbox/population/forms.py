"""The common form of a person, filled in the way an applicant and a clerk fill it in.

A form is a plain dict in the shape of ``shared.contracts.form.CommonForm``: what becomes of it on the way out is the
ministry's own business (``sandbox.ministries``).
"""

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from sandbox.population.needs import Need
from sandbox.population.people import Person, WalletState
from sandbox.population.spelling import Written, write
from sandbox.population.welfare import consumption

Form = dict[str, Any]

QUESTIONS = ("any_member_day_labourer", "rooms", "wall", "television", "fans", "mobile_phones",
             "bicycle_motorcycle_or_car", "cultivable_land_decimals")  # fmt: skip
"""The questions that go together in the scorecard; a clerk in a hurry leaves some of them out."""

_TODAY_SLACK_DAYS = 45


@dataclass(frozen=True, slots=True)
class Typist:
    """How carefully a form is typed: see ``spelling.write``. ``digits``: which kind of national id, 10, 13 or 17."""

    respell: float = 0.12
    slips: float = 0.0
    digits: int | None = None


CAREFUL = Typist()
"""Names are written in one of their usual spellings, and the id as the applicant shows it."""


def common_form(rng: Random, person: Person, need: Need, today: int, typist: Typist = CAREFUL) -> Form:
    """The form without ``source_ref``; ``rng`` is the typist's. ``today`` is an ordinal."""
    draw = rng.random
    home = person.household
    digits = typist.digits or person.shown_id
    name = write(person.name, rng, typist.respell, typist.slips)
    born = person.recorded_birth.isoformat()
    address = _address(person)
    applicant: Form = {
        "national_id": person.national_id(digits),
        "name": name,
        "mother": _parent(rng, person, 1, typist),
        "father": _parent(rng, person, 0, typist),
        "date_of_birth": born,
        "birth_place": person.numbers.birth_place,
        "nationality": "050",
        "gender": person.gender,
        "religion": home.religion,
        "occupation": person.occupation,
        "present_address": address if draw() < 0.88 else {**address, "line": f"{address['line']} (ভাড়া বাসা)"},
        "permanent_address": address,
        "education": person.education,
        "marital_status": person.marital_status,
        "disability": person.disability,
        "mobile": person.mobile,
    }
    if home.religion == "3":
        applicant["ethnicity"] = person.name[-1].en
    if draw() < 0.3:
        applicant["blood_group"] = str(1 + int(draw() * 8))
    return {
        "form_version": "1",
        "source_ref": "",
        "revision": 1,
        "programme": need.programme,
        "applicant": applicant,
        "household": {"members": _roster(person, born), "answers": dict(home.answers)},
        "payee": _payee(rng, person, name, applicant["national_id"], today),
        "declarations": _declarations(rng, person, need),
        "consent": {"given": True, "on": _days_ago(rng, today)},
    }


def _days_ago(rng: Random, today: int) -> str:
    # A day less, as the clock of the registry and the one of the sandbox may stand on either side of midnight.
    return date.fromordinal(today - 1 - int(rng.random() * _TODAY_SLACK_DAYS)).isoformat()


def _parent(rng: Random, person: Person, which: int, typist: Typist) -> Form:
    words = person.mother if which else person.father
    parent: Form = {"name": write(words, rng, typist.respell, typist.slips * 0.5)}
    if person.parents_n13 is not None:
        parent["national_id"] = person.parents_n13[which]
    return parent


def _address(person: Person) -> Form:
    home = person.household
    upazila = home.union.upazila
    return {
        "division": upazila.division,
        "district": upazila.district,
        "city_corporation": "00",
        "upazila": upazila.code,
        "union": home.union.code,
        "rural_ward": f"{1 + home.house % 9:02}",
        "line": f"বাড়ি {home.house}, গ্রাম {home.village.bn}",
        "country": "050",
    }


def _roster(person: Person, born: str) -> list[Form]:
    members: list[Form] = []
    for member, kin in enumerate(person.household.kin):
        entry: Form = {"relation": _relation(person, member)}
        entry["date_of_birth"] = born if member == person.member else date.fromordinal(kin.recorded).isoformat()
        entry["gender"] = kin.gender
        if kin.at_school is not None:
            entry["attends_school"] = kin.at_school
        members.append(entry)
    return members


def _relation(person: Person, member: int) -> str:
    """As the one who applies sees it: the roster is kept from the first person's side."""
    kin = person.household.kin
    if member == person.member:
        return "self"
    if person.member == 0:
        return kin[member].relation
    if member == 0:
        return kin[person.member].relation  # a sibling's sibling, a spouse's spouse
    if kin[person.member].relation == "spouse" and kin[member].relation in ("child", "child_in_law", "grandchild"):
        return kin[member].relation
    return "parent" if kin[member].relation == "parent" and kin[person.member].relation == "sibling" else "other"


def _payee(rng: Random, person: Person, name: Written, national_id: str, today: int) -> Form | None:
    wallet = person.wallet
    if wallet.state is WalletState.MISSING:
        return None
    payee: Form = {"kind": "self", "provider": wallet.provider, "account": wallet.account, "holder_name": name}
    if wallet.routing_number is not None:
        payee["routing_number"] = wallet.routing_number
    if rng.random() < 0.6:
        payee["holder_national_id"] = national_id
    if wallet.state is WalletState.ACTIVE and rng.random() < 0.7:
        payee["verified_on"] = _days_ago(rng, today)
    return payee


def _declarations(rng: Random, person: Person, need: Need) -> Form:
    draw = rng.random
    share = min(1.0, consumption(person.household.welfare) / 3)
    declared: Form = {
        "yearly_income_taka": 1_500 + 500 * int(16 * share * draw()),
        "household_monthly_income_taka": 3_000 + 100 * int(20 * share + 29 * draw()),
        "land_decimals": person.household.answers["cultivable_land_decimals"],
        "other_benefits": [],
        "government_employee": False,
        "government_pension": False,
    }
    if need.widowed or person.marital_status in "345":
        declared["widowhood_proof"] = "death_certificate" if person.marital_status == "3" else "divorce_certificate"
        declared["remarried"] = False
    if person.disability != "0":
        declared["disability_card"] = f"DIS-{int(draw() * 1e7):07}"
    if need.pregnant:
        declared["pregnancy_weeks"] = 18 + int(draw() * 8)
        declared["pregnancy_order"] = 1 + sum(kin.relation == "child" for kin in person.household.kin)
    if need.student:
        declared["education_level"] = "higher" if person.education == "12" else "higher_secondary"
    if need.community is not None:
        declared["community"] = need.community
    return declared

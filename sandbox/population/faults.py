"""What goes wrong in a form: each function spoils a form in place, the way it happens at a desk."""

from collections.abc import Callable, Collection
from random import Random

from sandbox.population.draws import pick
from sandbox.population.forms import QUESTIONS, Form


def _short_id(form: Form, rng: Random) -> None:
    form["applicant"]["national_id"] = form["applicant"]["national_id"][:-1]


def _id_with_letter(form: Form, rng: Random) -> None:
    number = form["applicant"]["national_id"]
    form["applicant"]["national_id"] = number[:5] + "O" + number[6:]


def _no_bangla_name(form: Form, rng: Random) -> None:
    form["applicant"]["name"] = {"bn": "", "en": form["applicant"]["name"]["en"]}


def _birth_in_future(form: Form, rng: Random) -> None:
    born = form["applicant"]["date_of_birth"]
    form["applicant"]["date_of_birth"] = f"21{born[2:]}"


def _day_that_is_not(form: Form, rng: Random) -> None:
    form["applicant"]["date_of_birth"] = form["applicant"]["date_of_birth"][:5] + "02-30"


def _dropped(field: str) -> Callable[[Form, Random], None]:
    def drop(form: Form, rng: Random) -> None:
        form["applicant"].pop(field, None)

    return drop


def _unknown_code(field: str, code: str) -> Callable[[Form, Random], None]:
    def put(form: Form, rng: Random) -> None:
        form["applicant"][field] = code

    return put


def _district_elsewhere(form: Form, rng: Random) -> None:
    form["applicant"]["permanent_address"] = {**form["applicant"]["permanent_address"], "district": "98"}


def _short_mobile(form: Form, rng: Random) -> None:
    form["applicant"]["mobile"] = form["applicant"]["mobile"][:-2]


def _no_consent(form: Form, rng: Random) -> None:
    form["consent"] = {"given": False}


# CCDS field: what can be wrong with it. No policy lets a malformed value pass, nor these fields' absence.
_CCDS: tuple[tuple[str, Callable[[Form, Random], None]], ...] = (
    ("national_id", _short_id),
    ("national_id", _id_with_letter),
    ("name_bn", _no_bangla_name),
    ("date_of_birth", _birth_in_future),
    ("date_of_birth", _day_that_is_not),
    ("mother", _dropped("mother")),
    ("father", _dropped("father")),
    ("birth_place", _dropped("birth_place")),
    ("nationality", _dropped("nationality")),
    ("religion", _unknown_code("religion", "7")),
    ("occupation", _unknown_code("occupation", "99")),
    ("occupation", _dropped("occupation")),
    ("present_address", _dropped("present_address")),
    ("permanent_address", _dropped("permanent_address")),
    ("permanent_address", _district_elsewhere),
    ("mobile", _short_mobile),
    ("consent", _no_consent),
)


def spoil_ccds(form: Form, rng: Random, tolerated: Collection[str]) -> None:
    """One to three faults in different fields, none in one that this source may leave empty."""
    done = set(tolerated)
    for _ in range(1 + (rng.random() < 0.3) + (rng.random() < 0.1)):
        field, fault = pick(rng, _CCDS)
        while field in done:
            field, fault = pick(rng, _CCDS)
        fault(form, rng)
        done.add(field)


def leave_unanswered(form: Form, rng: Random) -> None:
    """One to three questions of the proxy means test are missing."""
    for _ in range(1 + int(rng.random() * 3)):
        form["household"]["answers"].pop(pick(rng, QUESTIONS), None)


def leave_undeclared(form: Form, rng: Random) -> None:
    """A declaration that the programme's criteria need is missing."""
    declared, programme = form["declarations"], form["programme"]
    if programme == "mother_child":
        declared.pop(pick(rng, ("household_monthly_income_taka", "pregnancy_weeks")))
    elif programme == "widow":
        declared.pop(pick(rng, ("remarried", "government_employee")))
    else:
        declared.pop(pick(rng, ("government_pension", "government_employee")))


def make_unfit(form: Form, rng: Random) -> None:
    """Openly does not meet a criterion other than age."""
    declared, programme, kind = form["declarations"], form["programme"], rng.random()
    if kind < 0.15:
        declared["government_pension"] = True
    elif kind < 0.2:
        declared["government_employee"] = True
    elif programme == "mother_child":
        if kind < 0.7:
            declared["household_monthly_income_taka"] = 9_000 + 500 * int(rng.random() * 30)
        else:
            declared["pregnancy_weeks"] = 30 + int(rng.random() * 8)
    elif programme == "widow":
        declared["remarried"] = True
    elif programme == "old_age":
        declared["yearly_income_taka"] = 14_000 + 1_000 * int(rng.random() * 60)
    else:
        declared["government_pension"] = True

"""What the applicant declares, and the consent without which nothing is kept (seed 003, point ঘ)."""

from collections.abc import Collection
from datetime import date
from typing import Any, Final, Literal

from msgspec.structs import replace

from services.intake.in_order import OutOfOrder, day, optional_text, part
from services.intake.section import DIGITS_MAX, Section
from shared.contracts.base import Event
from shared.contracts.household import Declarations

TAKA_MAX: Final = 1_000_000_000
LAND_DECIMALS_MAX: Final = 1_000_000
PREGNANCY_WEEKS_MAX: Final = 45
PREGNANCY_ORDER_MAX: Final = 20
_BENEFITS_MAX: Final = 50
_CARD_MAX: Final = 50
_NUMBERS: Final = (
    "yearly_income_taka",
    "household_monthly_income_taka",
    "land_decimals",
    "pregnancy_weeks",
    "pregnancy_order",
)

_WIDOWHOOD: Final[dict[str, Literal["death_certificate", "divorce_certificate"]]] = {
    "death_certificate": "death_certificate",
    "divorce_certificate": "divorce_certificate",
}
_LEVELS: Final[dict[str, Literal["primary", "secondary", "higher_secondary", "higher"]]] = {
    "primary": "primary",
    "secondary": "secondary",
    "higher_secondary": "higher_secondary",
    "higher": "higher",
}
_COMMUNITIES: Final[dict[str, Literal["hijra", "bede", "anagrasar", "tea_worker"]]] = {
    "hijra": "hijra",
    "bede": "bede",
    "anagrasar": "anagrasar",
    "tea_worker": "tea_worker",
}


def read_declarations(form: Section, programmes: Collection[str]) -> Declarations:
    """Each declaration that the whole form makes; one that it does not stays None, which a criterion takes as unknown.

    ``programmes`` are the codes that a declared benefit may have.
    """
    try:
        return _declarations_in_order(form.content.get("declarations", {}), programmes)
    except OutOfOrder:
        return _read_leaf_by_leaf(form.section("declarations"), programmes)


def _declarations_in_order(content: Any, programmes: Collection[str]) -> Declarations:
    given = part(_numbers_read(content) if isinstance(content, dict) else content, Declarations)
    if (
        _is_within(given.yearly_income_taka, 0, TAKA_MAX)
        and _is_within(given.household_monthly_income_taka, 0, TAKA_MAX)
        and _is_within(given.land_decimals, 0, LAND_DECIMALS_MAX)
        and _is_within(given.pregnancy_weeks, 0, PREGNANCY_WEEKS_MAX)
        and _is_within(given.pregnancy_order, 1, PREGNANCY_ORDER_MAX)
        and (not given.other_benefits or _are_known(given.other_benefits, programmes))
    ):
        card = optional_text(given.disability_card, _CARD_MAX)
        return given if card is given.disability_card else replace(given, disability_card=card)
    raise OutOfOrder


def _numbers_read(content: dict[str, Any]) -> dict[str, Any]:
    """With numbers where they are given as texts of digits, as in all that comes from a CSV file."""
    read = {
        name: int(text)
        for name in _NUMBERS
        if type(text := content.get(name)) is str and text.isascii() and text.isdigit() and len(text) < DIGITS_MAX
    }
    return content | read if read else content


def _is_within(number: int | None, lowest: int, highest: int) -> bool:
    return number is None or lowest <= number <= highest


def _are_known(benefits: Collection[str], programmes: Collection[str]) -> bool:
    return len(benefits) <= _BENEFITS_MAX and all(benefit in programmes for benefit in benefits)


def _read_leaf_by_leaf(form: Section, programmes: Collection[str]) -> Declarations:
    return Declarations(
        yearly_income_taka=form.whole("yearly_income_taka", 0, TAKA_MAX),
        household_monthly_income_taka=form.whole("household_monthly_income_taka", 0, TAKA_MAX),
        land_decimals=form.whole("land_decimals", 0, LAND_DECIMALS_MAX),
        other_benefits=_read_benefits(form, programmes),
        government_employee=form.boolean("government_employee"),
        government_pension=form.boolean("government_pension"),
        widowhood_proof=_WIDOWHOOD.get(form.choice("widowhood_proof", _WIDOWHOOD) or ""),
        remarried=form.boolean("remarried"),
        disability_card=form.text("disability_card", _CARD_MAX),
        pregnancy_weeks=form.whole("pregnancy_weeks", 0, PREGNANCY_WEEKS_MAX),
        pregnancy_order=form.whole("pregnancy_order", 1, PREGNANCY_ORDER_MAX),
        education_level=_LEVELS.get(form.choice("education_level", _LEVELS) or ""),
        community=_COMMUNITIES.get(form.choice("community", _COMMUNITIES) or ""),
    )


class _Consent(Event, frozen=True, kw_only=True):
    """The shape of a consent in order."""

    given: bool
    on: str | None = None


def check_consent(form: Section, today: date) -> None:
    """Note of the whole form that consent was not given, or not said to be."""
    try:
        consent = part(form.content.get("consent"), _Consent)
        day(consent.on, today)
    except OutOfOrder:
        _check_leaf_by_leaf(form.section("consent"), today)
    else:
        if not consent.given:
            form.section("consent").fault("given", "consent_refused")


def _check_leaf_by_leaf(form: Section, today: date) -> None:
    given = form.boolean("given")
    if given is None:
        form.need("given")
    elif not given:
        form.fault("given", "consent_refused")
    form.day("on", today)


def _read_benefits(form: Section, programmes: Collection[str]) -> tuple[str, ...] | None:
    if form.blank("other_benefits"):
        return None
    codes = []
    for leaf, text in form.texts("other_benefits", _BENEFITS_MAX):
        code = text.lower()
        if code not in programmes:
            form.fault(leaf, "benefit_unknown")
        codes.append(code)
    return tuple(codes)

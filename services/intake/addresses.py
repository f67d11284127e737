"""Addresses and birth place: BBS codes that exist and lie in one another (domain.md §2)."""

from typing import Any, Final

from msgspec.structs import replace

from services.intake.in_order import OutOfOrder, optional_text, part
from services.intake.section import Section
from shared.contracts.person import Address
from shared.reference.ccds import ADDRESS_LINE_MAX, BANGLADESH
from shared.reference.geography import DISTRICT_DIGITS, DISTRICTS, DIVISIONS
from shared.reference.text import ascii_digits

LEAVES: Final = ("division", "district", "upazila", "union", "rural_ward", "line")
"""An address with none of these is empty: a system that leaves it out often sends the country all the same."""

_AREA_CODES: Final = frozenset(f"{number:02}" for number in range(100))
_COUNTRY: Final = frozenset({BANGLADESH})


def address_in_order(content: Any) -> Address:
    """An address with nothing wrong in it; raises ``OutOfOrder``."""
    address = part(content, Address)
    if (
        address.division in DIVISIONS
        and address.division + address.district in DISTRICTS
        and address.city_corporation in _AREA_CODES
        and address.upazila in _AREA_CODES
        and address.union in _AREA_CODES
        and (address.rural_ward is None or address.rural_ward in _AREA_CODES)
        and content.get("country", BANGLADESH) == BANGLADESH
    ):
        line = optional_text(address.line, ADDRESS_LINE_MAX)
        return address if line is address.line else replace(address, line=line)
    raise OutOfOrder


def read_address(form: Section) -> Address | None:
    """The address; None where it is wrong or incomplete, which is noted. Only for one that is not empty."""
    division = _area(form, "division")
    district = _area(form, "district")
    upazila = _area(form, "upazila")
    union = _area(form, "union")
    city_corporation = _area(form, "city_corporation", required=False)
    rural_ward = _area(form, "rural_ward", required=False)
    line = form.text("line", ADDRESS_LINE_MAX)
    form.code("country", _COUNTRY, "country_not_bangladesh")
    if not _nested(form, division, district):
        return None
    if division is None or district is None or upazila is None or union is None:
        return None
    return Address(
        division=division,
        district=district,
        city_corporation=city_corporation or "00",
        upazila=upazila,
        union=union,
        rural_ward=rural_ward,
        line=line,
    )


def read_birth_place(form: Section) -> str | None:
    """Division and district, four digits."""
    return form.code("birth_place", DISTRICTS, "birth_place_unknown")


def _area(form: Section, name: str, *, required: bool = True) -> str | None:
    code = form.code(name, _AREA_CODES, "area_code_format", ascii_digits)
    if code is None and required:
        form.need(name)
    return code


def _nested(form: Section, division: str | None, district: str | None) -> bool:
    """Notes a division or district that does not exist, and a district that lies elsewhere."""
    known_division = division is not None and division in DIVISIONS
    if division is not None and not known_division:
        form.fault("division", "division_unknown")
    if district is None:
        return False
    if district not in DISTRICT_DIGITS:
        form.fault("district", "district_unknown")
        return False
    if not known_division or division is None:
        return False
    if division + district not in DISTRICTS:
        form.fault("district", "district_not_in_division")
        return False
    return True

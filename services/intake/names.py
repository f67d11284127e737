"""Names in Bangla and English (domain.md §2 and §7)."""

from typing import Final

from services.intake.in_order import OutOfOrder, optional_text
from services.intake.section import Section
from shared.contracts.person import Name
from shared.reference.ccds import GIVEN_NAME_MAX, NAME_BN_MAX, SURNAME_MAX
from shared.reference.text import has_bangla_letter, has_latin_letter, with_visarga

NAME_EN_MAX: Final = GIVEN_NAME_MAX + 1 + SURNAME_MAX
"""The form has the English name in one piece: given name, a space, surname."""


def name_in_order(given: Name) -> Name:
    """A name with nothing wrong in either script; raises ``OutOfOrder``."""
    bangla, english = optional_text(given.bn, NAME_BN_MAX), optional_text(given.en, NAME_EN_MAX)
    if english is not None and (not has_latin_letter(english) or has_bangla_letter(english)):
        raise OutOfOrder
    if bangla is not None:
        if not has_bangla_letter(bangla):
            raise OutOfOrder
        bangla = with_visarga(bangla)
    return given if bangla is given.bn and english is given.en else Name(bn=bangla, en=english)


def read_name(form: Section) -> Name:
    """Both scripts, each checked to be in its script; a colon typed for a visarga is put right."""
    bangla = form.text("bn", NAME_BN_MAX)
    if bangla is not None and not has_bangla_letter(bangla):
        form.fault("bn", "name_not_bangla")
        bangla = None
    english = form.text("en", NAME_EN_MAX)
    if english is not None and (not has_latin_letter(english) or has_bangla_letter(english)):
        form.fault("en", "name_not_latin")
        english = None
    return Name(bn=with_visarga(bangla) if bangla is not None else None, en=english)

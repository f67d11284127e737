"""The second normaliser: people of FEBRL's Australia, through the same engine (dedup.md, Data to measure on).

Fields of a record are those of the data set: given_name, surname, street_number, address_1, address_2, suburb,
postcode, state, date_of_birth (YYYYMMDD), soc_sec_id.
"""

from collections.abc import Iterator
from typing import Final

from services.dedup.matching.layout import NUMBER, SHORT_NUMBER, Features, Layout, Slot, text
from services.dedup.matching.normaliser import Record
from services.dedup.matching.training.plan import FieldPlan, Plan

_TEXTS: Final = (
    ("given_name", 16), ("surname", 16), ("address_1", 24), ("address_2", 20), ("suburb", 20), ("state", 4),
)  # fmt: skip
_NUMBERS: Final = ("soc_sec_id", "date_of_birth", "postcode", "street_number")
_KINDS: Final = (
    "soc_sec_id", "date_of_birth", "names", "surname_postcode", "given_postcode", "address_1", "suburb_surname",
    "suburb_given", "address_2_postcode", "number_postcode", "surname_year", "given_year",
)  # fmt: skip


class FebrlNormaliser:
    """See ``Normaliser``."""

    version = "febrl-1"
    layout = Layout(
        "febrl-1",
        (
            Slot("soc_sec_id", NUMBER),
            Slot("date_of_birth", SHORT_NUMBER),
            Slot("postcode", SHORT_NUMBER),
            Slot("street_number", SHORT_NUMBER),
            *(Slot(name, text(width)) for name, width in _TEXTS),
        ),
    )
    key_kinds = _KINDS

    def features(self, record: Record) -> Features:
        """The fields as they are, cut to their slots."""
        numbers = (int(digits) if (digits := _digits(record.get(name) or "")) else 0 for name in _NUMBERS)
        texts = (
            "".join((record.get(name) or "").lower().split()).encode("ascii", "ignore").ljust(width, b"\0")[:width]
            for name, width in _TEXTS
        )
        return (*numbers, *texts)

    def key_values(self, features: Features) -> Iterator[tuple[int, bytes, int]]:
        """Twelve kinds: the registry is small, and every field may be garbled, so that each key leads to all."""
        ssid, born, postcode, street, given, surname, address, address_2, suburb, _ = features
        year = born // 10_000
        for kind, parts in enumerate(
            (
                (ssid,), (born,), tuple(sorted((given, surname))), (surname, postcode), (given, postcode), (address,),
                (suburb, surname), (suburb, given), (address_2, postcode), (street, postcode), (surname, year),
                (given, year),
            )
        ):  # fmt: skip
            if all(part and part != b"\0" * len(part) if isinstance(part, bytes) else part for part in parts):
                yield kind, b"/".join(part if isinstance(part, bytes) else b"%d" % part for part in parts), 0

    def narrower(self, features: Features) -> tuple[int, int]:
        """Year of birth and postcode."""
        year: int = features[1] // 10_000
        postcode: int = features[2]
        return year, postcode


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))[:9]


NORMALISER: Final = FebrlNormaliser()

PLAN: Final = Plan(
    fields=(
        FieldPlan("soc_sec_id", "number", ("soc_sec_id",)),
        FieldPlan("date_of_birth", "date", ("date_of_birth",)),
        FieldPlan("postcode", "number", ("postcode",)),
        FieldPlan("street_number", "number", ("street_number",)),
        FieldPlan("state", "text", ("state",), ("state",)),
        FieldPlan("names", "names", ("given_name", "surname")),
        FieldPlan("address_1", "text", ("address_1",), ("address_1",)),
        FieldPlan("address_2", "text", ("address_2",), ("address_2",)),
        FieldPlan("suburb", "text", ("suburb",), ("suburb",)),
    ),
    identity="soc_sec_id",
    same=(
        {"names": ("exact",), "date_of_birth": ("equal",)},
        {"names": ("exact",), "address_1": ("exact",)},
        {"date_of_birth": ("equal",), "address_1": ("exact",)},
    ),
    relatives={},
    twins={},
    identity_kinds=("soc_sec_id",),
    automatic=0.0,
    review=0.0,
    gates=(),
    holds=(),
)
"""A link is what is likelier than not: there is nobody to review it."""

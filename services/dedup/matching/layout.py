"""Features in a fixed binary layout: the index holds them in about 130 bytes and reads them in half a microsecond."""

from struct import Struct
from typing import Any, Final, NamedTuple

from shared.errors import DsrError

Features = tuple[Any, ...]
"""Numbers and texts (``int`` and ``bytes``): what of a record is compared, in the order of its normaliser's layout.

Numbers are 0 and texts all NUL where unknown; texts are padded with NUL to their slot's width. Equal records have equal
features.
"""

NUMBER: Final = "Q"
SHORT_NUMBER: Final = "I"
CODE: Final = "B"


def text(width: int) -> str:
    """The code of a slot for ASCII text of at most ``width`` bytes; what is longer is cut."""
    return f"{width}s"


class Slot(NamedTuple):
    """One value of a layout: its name and its ``struct`` code."""

    name: str
    code: str


class PackedFeaturesDamaged(DsrError):
    """Features in the index that this layout cannot read: stop, and build the index anew."""

    def __init__(self, size: int, expected: int, version: str) -> None:
        self.size, self.expected, self.version = size, expected, version
        super().__init__(
            f"Packed features have {size} bytes where normaliser {version} writes {expected}. The index was built by "
            "another normaliser: build it anew with `dsr dedup index build`."
        )


class Layout:
    """The slots of a normaliser's features."""

    def __init__(self, version: str, slots: tuple[Slot, ...]) -> None:
        """``version`` is the normaliser's: a change of the layout is a change of the normaliser."""
        self.version = version
        self.slots = slots
        self._places = {slot.name: place for place, slot in enumerate(slots)}
        self._struct = Struct("<" + "".join(slot.code for slot in slots))
        self.size = self._struct.size
        self.read = self._struct.unpack
        """Features of a blob that is known to have ``size`` bytes; the fast way."""
        self._widths = {slot.name: int(slot.code[:-1]) for slot in slots if slot.code.endswith("s")}

    def place(self, slot: str) -> int:
        """Where a slot stands in the features; raises ``KeyError``."""
        return self._places[slot]

    def __contains__(self, slot: object) -> bool:
        return slot in self._places

    def is_text(self, slot: str) -> bool:
        """Whether it holds text; otherwise it holds a number."""
        return slot in self._widths

    def width(self, slot: str) -> int:
        """Bytes of a text slot."""
        return self._widths[slot]

    def pack(self, features: Features) -> bytes:
        """The features as a blob of ``size`` bytes."""
        return self._struct.pack(*features)

    def unpack(self, blob: bytes) -> Features:
        """The inverse of ``pack``; raises ``PackedFeaturesDamaged``."""
        if len(blob) != self.size:
            raise PackedFeaturesDamaged(len(blob), self.size, self.version)
        return self.read(blob)

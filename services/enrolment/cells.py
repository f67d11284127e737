"""A quota cell: a programme, and the permanent address cut to the level that policy names (design.md §3, Places)."""

import msgspec

from shared.contracts.person import Address
from shared.policy.programmes import ProgrammePolicy


class CellId(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """A cell by programme code and BBS geo code (union: ten digits, upazila: eight); in JSON an array of the two."""

    programme: str
    area: str

    @property
    def log(self) -> str:
        """The name of the cell's log, and the key of commands about it."""
        return f"{self.programme}|{self.area}"


def cell_of(programme: ProgrammePolicy, permanent: Address) -> CellId:
    """The cell in which an applicant stands."""
    return CellId(programme.code, programme.quota.cell(permanent))


def parse(log: str) -> CellId | None:
    """The cell of a log's name; None if it is none."""
    programme, bar, area = log.partition("|")
    return CellId(programme, area) if bar and programme and area else None

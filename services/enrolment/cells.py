"""A quota cell: a programme, and the permanent address cut to the level that policy names (design.md §3, Places)."""

from typing import NamedTuple

from shared.contracts.person import Address
from shared.policy.programmes import ProgrammePolicy


class CellId(NamedTuple):
    """A cell by programme code and BBS geo code (union: ten digits, upazila: eight)."""

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

"""What dedup keeps beside the common tables: the index, what it leads to, and what rests on what."""

from typing import Final, NamedTuple

from services.dedup.matching.bangladesh.normaliser import NORMALISER
from shared.store.port import Table

REF_BYTES: Final = 5
REFS: Final = range(-(1 << 8 * REF_BYTES - 1), 1 << 8 * REF_BYTES - 1)
"""The numbers that name applications in the index (``index.ref_of``)."""


class IndexRow(NamedTuple):
    """An application that is found by this blocking key: its ref, and below it what ``traits.py`` keeps beside the
    key."""

    key: int
    entry: int


class RevisionRow(NamedTuple):
    """An application's revision, as others are compared with it and as it came; ``ref`` is ``index.ref_of`` its id.

    ``place_us`` is its place in the total order of applications (``concede.py``): when its first revision was received,
    µs since 1970 UTC. ``area`` is the ten-digit geo code of the permanent address, ``packed`` the features in their
    normaliser's layout, ``event`` the scored event, from which is published what a verdict or a timer decides later.
    Revision 0 was no application: it is somebody of a list of beneficiaries that was loaded, with the person in
    ``event``.
    """

    ref: int
    application_id: str
    revision: int
    programme: str
    source: str
    source_ref: str
    place_us: int
    area: str
    packed: bytes
    event: bytes


LOADED: Final = 0
"""The revision under which somebody of a list stands."""


class RestRow(NamedTuple):
    """A decision of ``application_id`` has at some time rested on application ``on``: held or refused for it."""

    on: str
    application_id: str
    revision: int


class HoldRow(NamedTuple):
    """This revision has at some time been held for a reviewer: the queue of reviews, who applied first standing first.

    ``place_us`` is that of the revision; ``upazila`` is the eight-digit code of the permanent address.
    """

    place_us: int
    application_id: str
    revision: int
    upazila: str


class FindingRow(NamedTuple):
    """Two of a list that was loaded look like one person: for a reviewer of ``upazila`` (8 digits), until ``due_on``.

    ``kind`` is *duplicate* (one programme), *overlap* (two of them) or *unclear*. ``weight`` is log2 of the odds that
    both are one person. Nobody is stopped by it.
    """

    upazila: str
    application_id: str
    other: str
    kind: str
    due_on: str
    weight: float


def index_table(normaliser: str) -> Table[IndexRow]:
    """The index that a normaliser has built. Each has tables of its own, so that one is made beside the other."""
    return Table(f"dedup_index_{_suffix(normaliser)}", IndexRow, ("key", "entry"))


def revisions_table(normaliser: str) -> Table[RevisionRow]:
    """The revisions with the features that a normaliser has made; see ``index_table``."""
    return Table(f"dedup_revisions_{_suffix(normaliser)}", RevisionRow, ("ref", "application_id", "revision"))


def _suffix(normaliser: str) -> str:
    return normaliser.replace("-", "_")


INDEX: Table[IndexRow] = index_table(NORMALISER.version)
REVISIONS: Table[RevisionRow] = revisions_table(NORMALISER.version)
RESTS: Table[RestRow] = Table("dedup_rests", RestRow, ("on", "application_id", "revision"))
HOLDS: Table[HoldRow] = Table("dedup_holds", HoldRow, ("place_us", "application_id", "revision"), (("upazila",),))
FINDINGS: Table[FindingRow] = Table("dedup_findings", FindingRow, ("upazila", "application_id", "other"))

TABLES = (INDEX, REVISIONS, RESTS, HOLDS, FINDINGS)

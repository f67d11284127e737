"""Which normaliser the index was built by: features of two normalisers are never compared, so a change is a re-index.

Kept as numbered facts of the store: the last one counts.
"""

from shared.errors import DsrError
from shared.store.port import Store
from shared.store.tables import IDENTITY, Identity

_GENERATIONS_MAX = 1_000


class IndexOutdated(DsrError):
    """Refuse to start: what is in the index cannot be compared with what this program reads."""

    exit_code = 2

    def __init__(self, has: str, needs: str) -> None:
        self.has, self.needs = has, needs
        super().__init__(
            f"The index of people was built by normaliser {has}, and this program has {needs}: their features "
            "cannot be compared. Stop every dedup, run `dsr dedup index rebuild`, and start again."
        )


async def generations(store: Store) -> list[str]:
    """The normalisers that have built the index, the last one now."""
    rows = await store.get(IDENTITY, [(_name(n),) for n in range(1, _GENERATIONS_MAX)])
    return [rows[(_name(n),)].value for n in range(1, len(rows) + 1)]


async def require_current(store: Store, normaliser: str) -> None:
    """Raise ``IndexOutdated`` unless the index is by this normaliser; an empty store becomes so."""
    built_by = await generations(store)
    if not built_by:
        (first,) = await store.insert(IDENTITY, [Identity(_name(1), normaliser)])
        built_by = [first.value]
    if built_by[-1] != normaliser:
        raise IndexOutdated(built_by[-1], normaliser)


async def rebuilt(store: Store, normaliser: str) -> None:
    """Note that the index is by this normaliser now."""
    built_by = await generations(store)
    if not built_by or built_by[-1] != normaliser:
        await store.insert(IDENTITY, [Identity(_name(len(built_by) + 1), normaliser)])


def _name(n: int) -> str:
    return f"dedup_normaliser.{n}"

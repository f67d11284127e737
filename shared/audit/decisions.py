"""I2, the store's side: each decision was caused by one input, whose fate exists and names it, and nothing else."""

from collections.abc import Callable, Mapping

import orjson

from shared.audit.fates import Place
from shared.audit.pages import pages
from shared.audit.tally import Tally
from shared.stage.stage import Kind
from shared.store.port import Key, Store, Value
from shared.store.tables import ADOPTED, DECISIONS, FATES, Decision, Fate

LEADS_TO_DECISIONS = frozenset({Kind.DECISION.value, Kind.REFUSED.value})


def nothing_reserved(row: Decision) -> bool:
    """For the stages that reserve no decision of another subject."""
    return False


async def verify_decisions(
    store: Store,
    tally: Tally,
    committed: Mapping[Place, int],
    *,
    is_reservation: Callable[[Decision], bool] = nothing_reserved,
) -> None:
    """Hold decisions against fates in both directions.

    A decision without a fate is in flight, unless its input lies below ``committed`` (read before). A reservation is a
    row that an input inserts for another subject before it decides; where two instances had the same input in hand at
    once, one of them may have made one that the fate, which the other wrote, does not name.
    """
    async for page in pages(store.scan(DECISIONS)):
        fates = await store.get(FATES, list({row[3:6] for row in page}))
        unnamed: list[Decision] = []
        for row in page:
            tally.seen += 1
            fate = fates.get(row[3:6])
            if fate is None:
                if row.offset < committed.get((row.topic, row.partition), 0):
                    tally.fault(f"{_name(row)} comes from {_origin(row)}, which has no fate")
            elif is_reservation(row):
                continue
            elif fate.kind not in LEADS_TO_DECISIONS or [row.subject, row.revision, row.n] not in _named(fate):
                unnamed.append(row)
        adopted = await store.find(ADOPTED, "topic", sorted({row.topic for row in unnamed})) if unnamed else []
        links = {link[:6] for link in adopted}
        for row in unnamed:
            if (*row[3:6], *row[:3]) not in links:
                tally.fault(f"{_name(row)} is not named by the fate of {_origin(row)}")
    async for fates_page in pages(store.scan(FATES)):
        named: dict[Key, Fate] = {
            tuple(ref): fate for fate in fates_page if fate.kind in LEADS_TO_DECISIONS for ref in _named(fate)
        }
        rows = await store.get(DECISIONS, list(named)) if named else {}
        for key, fate in named.items():
            found = rows.get(key)
            if found is None:
                tally.fault(f"the fate of {_origin(fate)} names a decision that is not stored")
            elif found[3:6] != fate[:3]:
                tally.fault(f"{_name(found)} comes from {_origin(found)} and is claimed by {_origin(fate)}")


def _named(fate: Fate) -> list[list[Value]]:
    refs: list[list[Value]] = orjson.loads(fate.decisions)
    return refs


def _name(row: Decision) -> str:
    return f"decision {row.n} on {row.subject} revision {row.revision}"


def _origin(row: Decision | Fate) -> str:
    return f"{row.topic}[{row.partition}] offset {row.offset}"

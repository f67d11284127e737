"""What intake can be asked about what it decided: what became of a submission, and which fields are left empty."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import orjson

from services.intake import answers
from services.intake.completeness import FIELDS
from services.intake.decided import ACCEPTED, REFUSALS, REJECTED, Refusal, reasons_in
from services.intake.gateway import reference_of
from shared.contracts.status import Reason
from shared.privacy import Pseudonyms
from shared.store.port import Store
from shared.store.tables import DECISIONS, Decision

PENDING: Final = "pending"


class Fate(NamedTuple):
    """What became of a submission: ``pending``, ``accepted``, ``rejected`` or as its answer was called."""

    reference: str
    state: str
    reasons: tuple[Reason, ...] = ()


class Completeness(NamedTuple):
    """Of the forms of one source that were examined, how many fill each CCDS field."""

    source: str
    forms: int
    filled: dict[str, int]


async def fates_of(
    store: Store, pseudonyms: Pseudonyms, references: Sequence[str], sources: Collection[str]
) -> list[Fate]:
    """The fate of each submission that the gateway gave these references for.

    Somebody else's is pending for ever, like one that never was.
    """
    ids = list(dict.fromkeys(reference.partition(".")[0] for reference in references))
    decisions: dict[str, list[Decision]] = {}
    for row in await store.find(DECISIONS, "subject", ids):
        if row.state in (ACCEPTED, REJECTED) and orjson.loads(row.body)["source"] in sources:
            decisions.setdefault(row.subject, []).append(row)
    refusals: dict[str, list[Refusal]] = {}
    for refusal in await store.find(REFUSALS, "application_id", list(decisions)):
        refusals.setdefault(refusal.application_id, []).append(refusal)
    return [
        _fate(
            pseudonyms,
            reference,
            decisions.get(reference.partition(".")[0], ()),
            refusals.get(reference.partition(".")[0], ()),
        )
        for reference in references
    ]


def _fate(pseudonyms: Pseudonyms, reference: str, decisions: Sequence[Decision], refusals: Sequence[Refusal]) -> Fate:
    application_id, _, rest = reference.partition(".")
    revision = rest.partition(".")[0]
    for row in decisions:
        if reference_of(pseudonyms, application_id, row.revision, row.digest) == reference:
            return Fate(reference, row.state, reasons_in(orjson.loads(row.body)))
    for refusal in refusals:
        if reference_of(pseudonyms, application_id, refusal.revision, refusal.digest) == reference:
            return Fate(reference, REJECTED, reasons_in(orjson.loads(refusal.detail)))
    if any(str(row.revision) == revision for row in decisions):
        return Fate(reference, answers.CONFLICTING.code, (answers.CONFLICTING,))
    if revision.isdigit() and any(row.revision > int(revision[:9]) for row in decisions):
        return Fate(reference, answers.LATE.code, (answers.LATE,))
    return Fate(reference, PENDING)


async def completeness(store: Store, sources: Collection[str]) -> list[Completeness]:
    """By source, from every form that was examined; reads all decisions, so it is a report and no dial.

    A form that came twice counts once.
    """
    empty: dict[str, Counter[str]] = {source: Counter() for source in sources}
    forms: Counter[str] = Counter()

    def count(body: bytes) -> None:
        content = orjson.loads(body)
        if content["source"] in empty:
            forms[content["source"]] += 1
            empty[content["source"]].update(content["empty"])

    async for row in store.scan(DECISIONS):
        if row.state in (ACCEPTED, REJECTED):
            count(row.body)
    async for refusal in store.scan(REFUSALS):
        count(refusal.detail)
    return [
        Completeness(source, forms[source], {field: forms[source] - empty[source][field] for field in FIELDS})
        for source in sources
    ]

"""The pairs found within lists of beneficiaries, through the door that reviewers use."""

from itertools import count
from typing import Any
from uuid import UUID

import httpx
import orjson
from prometheus_client import CollectorRegistry

from services.dedup.http.pairs import pairs_router
from services.dedup.index import ref_of
from services.dedup.matching.bangladesh.person import record_of
from services.dedup.register import Entry
from services.dedup.tables import FINDINGS, FeaturesRow, FindingRow
from shared.contracts.person import Name, Person
from shared.http.app import make_app
from shared.observability.metrics import Metrics
from tests.unit.dedup.people import HOME, person
from tests.unit.dedup.test_http import KEYS
from tests.unit.dedup.world import ENGINE, Process, World, played

NEAR, FAR = "55490052", "30260005"


async def _listed(process: Process, name: str, who: Person, programme: str) -> None:
    features = ENGINE.features(record_of(who))
    row = FeaturesRow(ref_of(name), name, 0, programme, "msw", f"r-{name}", 0, HOME.union_code, ENGINE.pack(features))
    event = orjson.dumps({"person": orjson.loads(who.write())})
    await process.register.enter([Entry(row, process.register.looking_for(features), event)])


async def _asked(process: Process, key: str = "reviewer-key", **wanted: Any) -> httpx.Response:
    numbers = count(1)
    app = make_app(
        "dedup", "Dedup", [pairs_router(process.store, process.register, ENGINE)], keys=KEYS,
        metrics=Metrics(CollectorRegistry()), probes=[], max_bytes=1_000, new_id=lambda: UUID(int=next(numbers)),
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://dsr", headers=headers) as client:
        return await client.get("/v1/pairs", params=wanted)


@played
async def test_pairs_come_by_upazila_and_date_with_masked_evidence(world: World, process: Process) -> None:
    await _listed(process, "l1", person(), "old_age")
    await _listed(process, "l2", person(mobile=None), "old_age")
    await _listed(process, "l3", person(name=Name(bn="আব্দুল করিম মিয়া")), "widow")
    await process.store.insert(
        FINDINGS,
        [
            FindingRow(NEAR, "l1", "l2", "duplicate", "2026-10-01", 20.0),
            FindingRow(NEAR, "l1", "l3", "overlap", "2026-11-01", 9.0),
            FindingRow(FAR, "l2", "l3", "overlap", "2026-10-01", 9.0),
        ],
    )

    async def found(key: str = "reviewer-key", **wanted: Any) -> list[tuple[str, str]]:
        pairs = (await _asked(process, key, **wanted)).json()["pairs"]
        return [(pair["ours"]["application_id"], pair["theirs"]["application_id"]) for pair in pairs]

    assert await found() == [("l2", "l3"), ("l1", "l2"), ("l1", "l3")]
    assert await found(upazila=NEAR) == [("l1", "l2"), ("l1", "l3")]
    assert await found(upazila=NEAR, due_by="2026-10-31") == [("l1", "l2")]
    assert await found("dhaka-key") == [("l2", "l3")]
    assert await found("dhaka-key", upazila=NEAR) == []
    first = (await _asked(process, upazila=NEAR, limit=1)).json()
    assert await found(upazila=NEAR, after=first["next"]) == [("l1", "l3")]

    answer = await _asked(process, upazila=NEAR, limit=1)
    (pair,) = answer.json()["pairs"]
    assert (pair["kind"], pair["due_on"], pair["theirs"]["source_ref"]) == ("duplicate", "2026-10-01", "r-l2")
    shown = {field["field"]: (field["agreement"], field["ours"]) for field in pair["fields"]}
    assert shown["national_id"] == ("equal", "4********7")
    for secret in ("4601234567", "01712345678", "Karim", "1956-03"):
        assert secret not in answer.text
    assert (await _asked(process, "ministry-key")).status_code == 403

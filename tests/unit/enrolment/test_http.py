"""What a committee sees and asks over HTTP, and who else does not."""

from functools import cache
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from services.enrolment.http import SPECS, enrolment_router
from services.enrolment.logbook import Logbook
from shared import topics
from shared.http.app import make_app
from shared.http.commands import command_router
from shared.http.keys import KeyRing, Principal, fingerprint
from shared.observability.metrics import Metrics
from tests.unit.behind import Behind
from tests.unit.enrolment.bench import AREA, Bench, bench, cleared, policy

pytestmark = pytest.mark.anyio


ROLES = ("committee", "operator", "source:msw")
BEHIND: Behind[Bench] = Behind()


@cache
def app() -> FastAPI:
    """The HTTP side; each role has a key of its own, under the role's name."""
    store = BEHIND.part(lambda b: b.store)

    def now_us() -> int:
        return BEHIND.world.tick()

    def new_id() -> UUID:
        return UUID(int=(7 << 120) + now_us())

    routers = [
        command_router(
            "enrolment", SPECS, store=store, sink=BEHIND.part(lambda b: b.sink), now_us=now_us, new_id=new_id
        ),
        enrolment_router(policy(2), store, BEHIND.part(lambda b: Logbook(b.store, b.tick))),
    ]
    return make_app(
        "enrolment",
        "DSR enrolment",
        routers,
        keys=KeyRing([(fingerprint(role), Principal("uc", frozenset({role}))) for role in ROLES]),
        metrics=Metrics(CollectorRegistry()),
        probes=[],
        max_bytes=20_000,
        new_id=new_id,
    )


def door(b: Bench, role: str) -> httpx.AsyncClient:
    """A client whose key has one role."""
    BEHIND.world = b
    headers = {"Authorization": f"Bearer {role}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app()), base_url="http://dsr", headers=headers)


async def closed() -> tuple[Bench, str]:
    b = await bench(places=2)
    await b.arrive(*(cleared(name, "old_age", order=float(order)) for order, name in enumerate("abc")))
    return b, await b.close_round()


async def test_a_committee_reads_the_ranked_list_takes_somebody_and_reads_the_answer() -> None:
    b, round_id = await closed()
    async with door(b, "committee") as client:
        listed = (await client.get(f"/v1/rounds/{round_id}")).json()
        assert [cell["cell"] for cell in listed["cells"]] == [AREA]
        cell = (await client.get(f"/v1/rounds/{round_id}/cells/{AREA}")).json()
        assert cell["members"] == [
            {"application_id": "a", "rank": 1, "state": "offered"},
            {"application_id": "b", "rank": 2, "state": "offered"},
            {"application_id": "c", "rank": 3, "state": "waiting"},
        ]
        asked = await client.post(
            "/v1/commands",
            json={"name": "select", "about": "a", "arguments": {"round_id": round_id, "selected": True}},
        )
        (sent,) = [item for item in b.sink.sent if item.topic == topics.SELECTION_DECIDED]
        await b.take(b.feed.record(sent.topic, "a", "selection.decided.v1", sent.value or b""))
        answer = (await client.get(asked.headers["Location"])).json()
        assert (answer["state"], answer["result"]["state"]) == ("done", "enrolled"), answer
        members = (await client.get(f"/v1/rounds/{round_id}/cells/{AREA}")).json()["members"]
        assert members[0]["state"] == "confirmed"
        assert (await client.get(f"/v1/cells/old_age/{AREA}")).json()["free"] == 0


async def test_what_came_of_a_round_stays_readable_after_the_next_one() -> None:
    b, first = await closed()
    await b.close_round()
    async with door(b, "operator") as client:
        assert [each["state"] for each in (await client.get("/v1/rounds")).json()["rounds"]] == ["closed", "closed"]
        cell = (await client.get(f"/v1/rounds/{first}/cells/{AREA}")).json()
        assert [member["state"] for member in cell["members"]] == ["offered", "offered", "waiting"]
        assert (await client.get("/v1/rounds/old_age.9")).status_code == 404


async def test_a_ministry_sees_no_ranked_list_and_an_operator_selects_nobody() -> None:
    b, round_id = await closed()
    async with door(b, "source:msw") as client:
        assert (await client.get(f"/v1/rounds/{round_id}/cells/{AREA}")).status_code == 403
    async with door(b, "operator") as client:
        answer = await client.post(
            "/v1/commands",
            json={"name": "select", "about": "a", "arguments": {"round_id": round_id, "selected": True}},
        )
        assert answer.status_code == 403

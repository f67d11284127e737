"""The HTTP gateway: durable before it answers, refuses only what it could not answer later, all or nothing."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from prometheus_client import CollectorRegistry

from services.intake.gateway import APPLICATIONS_MAX
from services.intake.http import intake_router
from shared import topics
from shared.http.app import make_app
from shared.http.keys import KeyRing, Principal, fingerprint
from shared.observability.metrics import Metrics
from shared.stage.ports import KafkaAway
from shared.stage.records import Origin, Outgoing, Record
from tests.unit.intake.bench import PSEUDONYMS, RECEIVED_MS, Bench
from tests.unit.intake.forms import good_form, policy

pytestmark = pytest.mark.anyio
LGD, MOWCA, BOTH, OPERATOR = "lgd-key", "mowca-key", "both-key", "operator-key"
KEYS = KeyRing(
    [
        (fingerprint(LGD), Principal("lgd-mis", frozenset({"source:lgd"}))),
        (fingerprint(MOWCA), Principal("mowca-mis", frozenset({"source:mowca"}))),
        (fingerprint(BOTH), Principal("both", frozenset({"source:lgd", "source:mowca"}))),
        (fingerprint(OPERATOR), Principal("rahim", frozenset({"operator"}))),
    ]
)


class Away:
    """A sink whose Kafka is away."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def send(self, outgoing: Sequence[Outgoing]) -> None:
        raise KafkaAway("gone")


class Gateway:
    """The gateway before a stage on a store in memory."""

    def __init__(self, away: bool = False) -> None:
        self.bench = Bench()
        self.sent = self.bench.sink.sent
        router = intake_router(
            policy(),
            PSEUDONYMS,
            self.bench.store,
            Away() if away else self.bench.sink,
            now_us=lambda: RECEIVED_MS * 1000,
            new_id=uuid4,
        )
        self._app = make_app(
            "intake",
            "Intake",
            [router],
            keys=KEYS,
            metrics=Metrics(CollectorRegistry()),
            probes=[],
            max_bytes=4 * topics.OUTSIDE_MAX_BYTES,
            new_id=uuid4,
        )

    @asynccontextmanager
    async def client(self, key: str | None = LGD) -> AsyncIterator[httpx.AsyncClient]:
        await self.bench.process()
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(self._app), base_url="http://intake", headers=headers
        ) as client:
            yield client

    async def decide(self) -> None:
        """Have the stage take what the gateway has sent."""
        records = [
            Record(Origin(out.topic, 0, place), out.key, out.value, out.headers, RECEIVED_MS)
            for place, out in enumerate(self.sent)
            if out.topic.endswith(".application.submitted.v1")
        ]
        await self.bench.process(*records)


async def test_an_application_is_in_kafka_as_it_was_sent_before_the_answer() -> None:
    gateway = Gateway()
    body = orjson.dumps(good_form())
    async with gateway.client() as client:
        answer = await client.post("/v1/applications", content=body)
    assert answer.status_code == 202
    (out,) = gateway.sent
    application_id = PSEUDONYMS.application_id("lgd", "DSS-2026-000017")
    assert answer.json()["application_id"] == application_id
    assert (out.topic, out.key, out.value) == (topics.submitted("lgd"), application_id.encode(), body)
    assert dict(out.headers)["ce_id"] == answer.json()["event_id"].encode()


@pytest.mark.parametrize("lines", [False, True])
async def test_many_are_answered_in_their_order_and_the_stage_reads_them(lines: bool) -> None:
    gateway = Gateway()
    forms = [good_form(source_ref=f"r{place}") for place in range(3)]
    content = b"\n".join(map(orjson.dumps, forms)) if lines else orjson.dumps(forms)
    kind = "application/x-ndjson" if lines else "application/json"
    async with gateway.client() as client:
        taken = (await client.post("/v1/applications", content=content, headers={"Content-Type": kind})).json()
        await gateway.decide()
        references = [one["reference"] for one in taken["applications"]]
        fates = await client.get("/v1/submissions", params={"reference": references})
    assert [one["application_id"] for one in taken["applications"]] == [
        PSEUDONYMS.application_id("lgd", f"r{place}") for place in range(3)
    ]
    assert [(one["reference"], one["state"]) for one in fates.json()["submissions"]] == [
        (reference, "accepted") for reference in references
    ]


@pytest.mark.parametrize(
    ("body", "status", "wrong"),
    [
        (b"{", 400, [("not_json", None)]),
        (b"", 400, [("not_json", None)]),
        (b"[]", 422, [("no_applications", None)]),
        (b"7", 422, [("not_an_object", None)]),
        (b"{}", 422, [("source_ref_missing", "source_ref")]),
        (
            b'[{"source_ref": "a"}, {}, 5, {"source_ref": 1}]',
            422,
            [
                ("source_ref_missing", "[1].source_ref"),
                ("not_an_object", "[2]"),
                ("source_ref_unusable", "[3].source_ref"),
            ],
        ),
        (b'{"source_ref": "a", "x": ' + b"[" * 300 + b"]" * 300 + b"}", 422, [("nested_too_deep", None)]),
        (
            b'[{}, {"source_ref": "a", "x": "' + b"x" * topics.OUTSIDE_MAX_BYTES + b'"}]',
            413,
            [("source_ref_missing", "[0].source_ref"), ("application_too_large", "[1]")],
        ),
        (b"[" + b"{}," * APPLICATIONS_MAX + b"{}]", 413, [("too_many_applications", None)]),
        (b" " * (5 * topics.OUTSIDE_MAX_BYTES), 413, []),
    ],
    ids=lambda value: None if isinstance(value, bytes) else "",
)
async def test_what_cannot_be_answered_later_is_refused_whole_with_every_mistake(
    body: bytes, status: int, wrong: list[tuple[str, str | None]]
) -> None:
    gateway = Gateway()
    async with gateway.client() as client:
        answer = await client.post("/v1/applications", content=body)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert [(one["code"], one.get("field")) for one in problem.get("errors", [])] == wrong
    assert gateway.sent == []


@pytest.mark.parametrize(
    ("key", "query", "status"),
    [
        (None, "", 401),
        ("guessed", "", 401),
        (OPERATOR, "", 403),
        (LGD, "?source=mowca", 403),
        (BOTH, "", 422),
        (BOTH, "?source=mowca", 202),
    ],
)
async def test_a_key_sends_for_its_own_source_only(key: str | None, query: str, status: int) -> None:
    async with Gateway().client(key) as client:
        assert (await client.post("/v1/applications" + query, json=good_form())).status_code == status


async def test_faults_of_the_form_are_no_matter_of_the_gateway() -> None:
    async with Gateway().client() as client:
        answer = await client.post("/v1/applications", json={"source_ref": "a", "revision": "x"})
    assert answer.status_code == 202


async def test_nothing_is_promised_while_kafka_is_away() -> None:
    async with Gateway(away=True).client() as client:
        answer = await client.post("/v1/applications", json=good_form())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_each_submission_is_told_its_own_fate() -> None:
    gateway = Gateway()
    forms: list[dict[str, Any]] = [
        good_form(source_ref="a", revision=2),
        good_form(source_ref="a", revision=2, applicant__mobile="01812345678"),
        good_form(source_ref="a", revision=1),
        good_form(source_ref="a", revision=3, applicant__gender="X"),
        good_form(source_ref="b", applicant__gender="X"),
    ]
    async with gateway.client() as client:
        taken = (await client.post("/v1/applications", json=forms)).json()["applications"]
        references = [one["reference"] for one in taken]
        before = (await client.get("/v1/submissions", params={"reference": references})).json()
        await gateway.decide()
        after = (await client.get("/v1/submissions", params={"reference": references})).json()
    async with gateway.client(MOWCA) as other:
        theirs = (await other.get("/v1/submissions", params={"reference": references})).json()
    assert {one["state"] for one in before["submissions"] + theirs["submissions"]} == {"pending"}
    assert [one["state"] for one in after["submissions"]] == [
        "accepted",
        "conflicting_revision",
        "late_revision",
        "rejected",
        "rejected",
    ]
    assert [one["reasons"][0]["code"] for one in after["submissions"][1:]] == [
        "conflicting_revision",
        "late_revision",
        "code_unknown",
        "code_unknown",
    ]


@pytest.mark.parametrize("reference", ["", "x", "a.b.c", "a1.99999999999999999999.0", "…"])
async def test_a_reference_that_was_never_given_is_pending(reference: str) -> None:
    gateway = Gateway()
    async with gateway.client() as client:
        await client.post("/v1/applications", json=good_form())
        await gateway.decide()
        answer = await client.get("/v1/submissions", params={"reference": reference})
    assert [one["state"] for one in answer.json()["submissions"]] == ["pending"]


async def test_completeness_counts_each_form_once_and_shows_a_source_its_own() -> None:
    gateway = Gateway()
    async with gateway.client() as client:
        forms = [good_form(), good_form(), good_form(source_ref="b", applicant__religion=" ", applicant__gender="X")]
        await client.post("/v1/applications", json=forms)
        await gateway.decide()
        own = (await client.get("/v1/completeness")).json()["sources"]
    async with gateway.client(OPERATOR) as operator:
        everybody = (await operator.get("/v1/completeness")).json()["sources"]
    assert [source["source"] for source in own] == ["lgd"]
    assert [source["source"] for source in everybody] == list(policy().sources)
    counts = {field["field"]: (field["filled"], field["empty"]) for field in own[0]["fields"]}
    assert (own[0]["forms"], counts["religion"], counts["gender"]) == (2, (1, 1), (2, 0))

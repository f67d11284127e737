"""Dead letters over HTTP: found by code, source and time; shown without the person; for operators only."""

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from prometheus_client import CollectorRegistry

from shared.http.app import make_app
from shared.http.deadletters import letter_router
from shared.http.keys import KeyRing, Principal, fingerprint
from shared.observability.metrics import Metrics
from shared.stage.deadletters import Letter, letter, opened
from shared.stage.records import Headers, Origin, Record
from shared.stage.tables import DISPOSITIONS, REPLAYED, RUNTIME, Disposition, Replayed
from shared.store.memory import MemoryStore
from shared.store.tables import FATES, Fate

DAY_MS = 86_400_000
TOPIC, OTHER = "lgd.application.submitted.v1", "dss.application.submitted.v1"
PERSON = "1990123456789"


class Box:
    """Letters, each put aside a day after the one before it."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def put(self, reason: str, topic: str = TOPIC, value: bytes = b"{", headers: Headers = ()) -> None:
        number = len(self.letters)
        record = Record(Origin(topic, 0, number), PERSON.encode(), value, headers, number * DAY_MS)
        sent = letter(record, "dsr-intake", reason)
        found = opened(Record(Origin(sent.topic, 0, number), sent.key, sent.value, sent.headers, number * DAY_MS + 5))
        assert found is not None
        self.letters.append(found)

    async def read(self, of: Collection[str] = ()) -> AsyncIterator[Letter]:
        for one in self.letters:
            if not of or one.origin.topic in of:
                yield one


@pytest.fixture
def box() -> Box:
    made = Box()
    made.put("not_json")
    made.put("missing_ce_id", value=orjson.dumps({"programme": "old_age", "national_id": PERSON}))
    made.put("not_json", OTHER, headers=(("ce_type", b"application.submitted.v9"), ("ce_id", PERSON.encode())))
    return made


def get(box: Box, path: str, key: str = "operator-key", rows: Any = (), **params: Any) -> httpx.Response:
    store = MemoryStore()
    roles = {"operator-key": "operator", "source-key": "source:lgd"}
    app = make_app(
        "intake",
        "Intake",
        [letter_router(box, store)],
        keys=KeyRing([(fingerprint(text), Principal(text, frozenset({role}))) for text, role in roles.items()]),
        metrics=Metrics(CollectorRegistry()),
        probes=[],
        max_bytes=1_000,
        new_id=lambda: UUID(int=7 << 120),
    )

    async def go() -> httpx.Response:
        await store.open(RUNTIME)
        for table, row in rows:
            await store.insert(table, [row])
        headers = {"Authorization": f"Bearer {key}"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://dsr", headers=headers) as client:
            return await client.get(path, params=params)

    return asyncio.run(go())


def offsets(answer: httpx.Response) -> list[int]:
    return [line["offset"] for line in answer.json()["letters"]]


DISCARDED = (DISPOSITIONS, Disposition(TOPIC, 0, 0, "discarded", "c1", "salma", "rubbish", 9))


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, [2, 1]),
        ({"state": "all"}, [2, 1, 0]),
        ({"state": "discarded"}, [0]),
        ({"code": "not_json"}, [2]),
        ({"source": "lgd"}, [1]),
        ({"source": OTHER}, [2]),
        ({"since": "1970-01-03T00:00:00Z"}, [2]),
        ({"until": "1970-01-03T00:00:00+00:00"}, [1]),
    ],
)
def test_letters_are_found_by_what_is_known_of_them_the_newest_first(
    box: Box, params: dict[str, str], found: list[int]
) -> None:
    answer = get(box, "/v1/dead-letters", rows=[DISCARDED], **params)
    assert offsets(answer) == found
    assert answer.json()["total"] == len(found)


def test_a_short_list_still_counts_all(box: Box) -> None:
    content = get(box, "/v1/dead-letters", limit=1).json()
    assert (content["total"], content["by_code"], len(content["letters"])) == (
        3,
        {"not_json": 2, "missing_ce_id": 1},
        1,
    )


def test_one_letter_is_shown_with_what_was_decided_and_what_became_of_it_and_without_the_person(box: Box) -> None:
    rows = [
        (DISPOSITIONS, Disposition(TOPIC, 0, 1, "replayed", "c1", "salma", "mended", 9)),
        (REPLAYED, Replayed(TOPIC, 0, 1, 40, 9)),
        (REPLAYED, Replayed(TOPIC, 0, 1, 41, 9)),
        (FATES, Fate(TOPIC, 0, 40, "decision", "d", "s", 1, b"[]", b"{}", 10)),
    ]
    answer = get(box, f"/v1/dead-letters/{TOPIC}/0/1", rows=rows)
    content = answer.json()
    assert (content["state"], content["decided"]["by"], content["decided"]["reason"]) == ("replayed", "salma", "mended")
    assert [(one["letter"], one["kind"]) for one in content["returns"]] == [
        (f"{TOPIC}/0/40", "decision"),
        (f"{TOPIC}/0/41", None),
    ]
    assert content["value"]["programme"] == "old_age"
    assert PERSON not in answer.text
    other = get(box, f"/v1/dead-letters/{OTHER}/0/2")
    assert other.json()["headers"]["ce_type"] == "application.submitted.v9"
    assert other.json()["value_fault"].startswith("no JSON")
    assert PERSON not in other.text


def test_an_unknown_letter_is_said_to_be_and_only_operators_may_look(box: Box) -> None:
    assert get(box, f"/v1/dead-letters/{TOPIC}/0/99").status_code == 404
    assert get(box, "/v1/dead-letters", "source-key").status_code == 403
    assert get(box, "/v1/dead-letters", since="2026-11-22T10:00").status_code == 422, "a time without a zone"

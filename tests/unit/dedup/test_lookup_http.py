"""``POST /v1/people/lookup`` through the door that a ministry uses, over a register that shows what it is told."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from services.dedup.http.lookup import lookup_router
from services.dedup.lookup.answer import Seen
from services.dedup.lookup.audit import ASKED, LOOKUPS, Audit
from services.dedup.lookup.bucket import Buckets
from services.dedup.lookup.desk import LookupDesk
from services.dedup.lookup.finding import Sighting
from services.dedup.lookup.rights import RIGHTS, RightsStage
from services.dedup.ruling import Standing
from shared import topics
from shared.contracts.entitlement import EntitlementChanged
from shared.contracts.person import Person
from shared.envelope import Envelope
from shared.http.app import make_app
from shared.http.keys import KeyRing, Principal, fingerprint
from shared.observability.metrics import Metrics
from shared.privacy import Pseudonyms
from shared.stage.lease import Lease
from shared.stage.observer import Silent
from shared.stage.ports import Batch
from shared.stage.records import Origin, Outgoing, Record
from shared.stage.runner import Runner
from shared.stage.tables import RUNTIME
from shared.store.memory import MemoryStore
from shared.store.port import StoreAway
from tests.shipped import shipped_policy

POLICY = shipped_policy()
KEYS = KeyRing(
    [
        (fingerprint("msw-key"), Principal("source:msw", frozenset({"source:msw"}))),
        (fingerprint("both-key"), Principal("two-desks", frozenset({"source:msw", "source:mowca"}))),
        (fingerprint("operator-key"), Principal("rahim", frozenset({"operator"}))),
    ]
)
NOW_US = int(datetime(2026, 7, 2, 5, tzinfo=UTC).timestamp() * 1_000_000)
NUMBER = "4601234567"
PERSON = {
    "national_id": NUMBER,
    "name": {"bn": "মোঃ আব্দুল করিম"},
    "date_of_birth": "1956-03-14",
    "permanent_address": {"division": "55", "district": "49", "upazila": "52", "union": "11"},
}
QUESTION = {"programme": "old_age", "clerk": "dss.rangpur.17", "person": PERSON}
ACCEPTED = Seen("a1", "widow", Standing.ACCEPTED, "a1", ("a1",), True)


class Shows:
    """A register in which this is seen, whoever is asked for."""

    def __init__(self, *seen: Seen) -> None:
        self.seen = seen
        self.asked: list[Person] = []

    async def find(self, person: Person) -> Sighting:
        self.asked.append(person)
        return Sighting(self.seen, complete=True)


class Nowhere:
    async def start(self) -> None: ...

    async def send(self, outgoing: Sequence[Outgoing]) -> None:
        assert not outgoing, "nothing goes on from a copy"

    async def stop(self) -> None: ...


class Place:
    """The HTTP side of lookups over a store in memory, and the consumer that feeds the copy of the entitlements."""

    def __init__(self, *seen: Seen, burst: int = 100) -> None:
        self.store, self.finder = MemoryStore(before=self._before), Shows(*seen)
        self.metrics = Metrics(CollectorRegistry())
        self.now_s, self.disk_full = 0.0, False
        numbers = count(1)

        def new_id() -> UUID:
            return UUID(int=(7 << 120) + next(numbers))

        self.audit = Audit(self.store, Pseudonyms(b"k" * 32))
        router = lookup_router(
            LookupDesk(POLICY, self.store, self.finder, self.audit),
            self.audit,
            Buckets(60, burst, lambda: self.now_s),
            POLICY,
            self.metrics,
            now_us=lambda: NOW_US + int(self.now_s * 1e6),
            new_id=new_id,
        )
        self.app: FastAPI = make_app(
            "dedup", "Dedup", [router], keys=KEYS, metrics=self.metrics, probes=[], max_bytes=10_000, new_id=new_id
        )
        self._runner = Runner(
            RightsStage(self.store),
            self.store,
            Nowhere(),
            group=topics.VIEW_GROUPS["dedup"],
            now_us=lambda: 1,
            observer=Silent(),
        )
        self._offset = 0

    async def _before(self, operation: str) -> None:
        if self.disk_full and operation.startswith("insert"):
            raise StoreAway("memory", "disk full")

    async def told(self, change: Any, *, programme: str = "widow", n: int = 1, who: str = "a1") -> None:
        """Enrolment tells payments, and dedup hears it."""
        self._offset += 1
        event = EntitlementChanged(
            entitlement_id=f"e-{who}-{programme}",
            application_id=who,
            source="msw",
            source_ref="r",
            revision=1,
            n=n,
            change=change,
            programme=programme,
            rate_class="default",
            starts_on=date(2026, 7, 1),
            person_id=who,
            cluster=(who,),
            area="5549",
            received_at=datetime(2026, 7, 1, tzinfo=UTC),
        )
        headers = Envelope(f"e{self._offset}", "/dsr/enrolment", "entitlement.changed.v1").to_headers()
        record = Record(Origin(topics.ENTITLEMENT_CHANGED, 0, self._offset), b"e", event.write(), headers, 1_000)
        await self._runner.process(Batch((record,)), Lease(float("inf"), lambda: 0.0))

    def client(self, key: str = "msw-key") -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://dsr", headers=headers)

    async def ask(self, key: str = "msw-key", **changes: Any) -> httpx.Response:
        async with self.client(key) as client:
            return await client.post("/v1/people/lookup", json=QUESTION | changes)


def at(*seen: Seen, burst: int = 100) -> Callable[[Callable[[Place], Awaitable[None]]], Callable[[], None]]:
    """A scene at a place where this is seen."""

    def scene(play: Callable[[Place], Awaitable[None]]) -> Callable[[], None]:
        def run() -> None:
            async def all_of_it() -> None:
                place = Place(*seen, burst=burst)
                await place.store.open((*RUNTIME, RIGHTS, LOOKUPS, ASKED))
                await play(place)

            asyncio.run(all_of_it())

        run.__name__ = getattr(play, "__name__", "scene")
        return run

    return scene


@at(ACCEPTED)
async def test_the_answer_tells_programme_and_status_and_nothing_of_the_person(place: Place) -> None:
    await place.told("granted")
    answer = await place.ask()
    assert answer.status_code == 200
    said = answer.json()
    assert (said["answer"], said["may_enrol"]) == ("known", "no")
    (other,) = said["programmes"]
    assert (other["programme"], other["status"]) == ("widow", "receiving")
    assert [group["code"] for group in other["excluded_by"]] == ["regular_cash"]
    for of_the_person in ("a1", NUMBER, "করিম", "1956", "5549", "e-a1"):
        assert of_the_person not in answer.text


@at(ACCEPTED)
async def test_what_enrolment_takes_back_and_gives_again_shows_in_the_answer(place: Place) -> None:
    seen = []
    for n, change in enumerate(("granted", "suspended", "payee_changed", "resumed", "ended"), 1):
        await place.told(change, n=n)
        seen.append((await place.ask()).json()["programmes"][0]["status"])
    assert seen == ["receiving", "suspended", "suspended", "receiving", "ended"]


@at(ACCEPTED)
async def test_changes_that_come_late_do_not_bring_back_what_was_so(place: Place) -> None:
    await place.told("ended", n=2)
    await place.told("granted", n=1)
    assert (await place.ask()).json()["programmes"][0]["status"] == "ended"


@at(ACCEPTED._replace(sure=False))
async def test_an_ambiguous_match_is_uncertain_and_tells_no_programme(place: Place) -> None:
    await place.told("granted")
    said = (await place.ask()).json()
    assert (said["answer"], said["may_enrol"], said["programmes"]) == ("uncertain", "apply", [])


@at()
async def test_every_mistake_of_a_question_is_named_and_none_quotes_it(place: Place) -> None:
    person = {
        "national_id": "12345",
        "name": {"bn": "Karim", "en": "করিম"},
        "date_of_birth": "14/03/1956",
        "gender": "X",
        "mobile": "0171",
        "permanent_address": {"division": "55", "district": "99", "upazila": "5"},
    }
    answer = await place.ask(programme="moon", person=person)
    assert answer.status_code == 422
    assert {(each["field"], each["code"]) for each in answer.json()["errors"]} == {
        ("programme", "programme_unknown"),
        ("person.national_id", "number_wrong"),
        ("person.name.bn", "name_not_bangla"),
        ("person.name.en", "name_not_latin"),
        ("person.date_of_birth", "date_format"),
        ("person.gender", "code_unknown"),
        ("person.mobile", "number_wrong"),
        ("person.permanent_address.district", "district_unknown"),
        ("person.permanent_address.upazila", "area_format"),
        ("person.permanent_address.union", "missing"),
    }
    assert all(each["text_en"] and each["text_bn"] for each in answer.json()["errors"])
    for sent in ("12345", "14/03", "0171", "moon"):
        assert sent not in answer.text
    assert place.finder.asked == []


@at()
async def test_a_question_that_could_be_about_many_people_is_refused(place: Place) -> None:
    alone = {name: content for name, content in PERSON.items() if name != "national_id"}
    answer = await place.ask(person=alone)
    assert [each["code"] for each in answer.json()["errors"]] == ["too_little"]
    parents = {"mother": {"name": {"bn": "রোকেয়া"}}, "father": {"name": {"en": "Anwar"}}}
    assert (await place.ask(person=alone | parents)).status_code == 200
    empty = await place.ask(person={})
    assert {each["field"] for each in empty.json()["errors"]} >= {"person.name", "person.date_of_birth"}
    future = await place.ask(person=PERSON | {"date_of_birth": "2030-01-01"})
    assert [each["code"] for each in future.json()["errors"]] == ["date_in_future"]


@at()
async def test_a_ministry_asks_for_its_own_programmes_only(place: Place) -> None:
    for key, changes, code in (
        ("msw-key", {"programme": "mother_child"}, "programme_not_of_source"),
        ("msw-key", {"source": "mowca"}, "source_not_yours"),
        ("both-key", {}, "source_missing"),
        ("msw-key", {"programme": "vwb"}, "programme_closed"),
    ):
        answer = await place.ask(key, **changes)
        assert [each["code"] for each in answer.json()["errors"]] == [code]
    assert (await place.ask("both-key", source="msw")).status_code == 200
    assert (await place.ask("operator-key")).status_code == 403
    assert (await place.ask("nobody")).status_code == 401
    named = await place.ask(clerk="4601234567")
    assert [each["field"] for each in named.json()["errors"]] == ["clerk"]


@at(burst=2)
async def test_who_asks_too_often_is_told_when_to_ask_again(place: Place) -> None:
    assert [(await place.ask()).status_code for _ in range(3)] == [200, 200, 429]
    limited = await place.ask()
    assert (limited.headers["Retry-After"], limited.headers["Content-Type"]) == ("1", "application/problem+json")
    assert (await place.ask("both-key", source="msw")).status_code == 200
    place.now_s = 1.0
    assert (await place.ask()).status_code == 200
    assert b'dsr_lookups_total{answer="limited",source="msw"} 2.0' in place.metrics.text()


@at(ACCEPTED)
async def test_every_question_is_in_the_audit_and_the_person_only_as_a_pseudonym(place: Place) -> None:
    await place.ask()
    await place.ask("both-key", source="mowca", person=PERSON | {"national_id": "7700000001"})
    async with place.client("operator-key") as operator:
        lines = (await operator.get("/v1/people/lookups")).json()["lookups"]
        assert [(line["principal"], line["source"], line["clerk"]) for line in lines] == [
            ("source:msw", "msw", "dss.rangpur.17"),
            ("two-desks", "mowca", "dss.rangpur.17"),
        ]
        assert [(line["answer"], line["may_enrol"]) for line in lines] == [("known", "apply")] * 2
        body = {"kind": "national_id", "number": "৪৬০১২৩৪৫৬৭"}
        about = (await operator.post("/v1/people/lookups/search", json=body)).json()["lookups"]
        assert [line["principal"] for line in about] == ["source:msw"]
        wrong = await operator.post("/v1/people/lookups/search", json=body | {"number": "12"})
        assert wrong.status_code == 422
        page = (await operator.get("/v1/people/lookups", params={"limit": "1"})).json()
        rest = (await operator.get("/v1/people/lookups", params={"after": page["next"]})).json()
        assert [*page["lookups"], *rest["lookups"]] == lines
        for params, found in (({"asked_to": "2026-07-01"}, 0), ({"asked_from": "2026-07-02"}, 2)):
            assert len((await operator.get("/v1/people/lookups", params=params)).json()["lookups"]) == found
    async with place.client() as ministry:
        assert (await ministry.get("/v1/people/lookups")).status_code == 403
    kept = repr([table.by_key for table in place.store.memory.tables.values()])
    for secret in (NUMBER, "7700000001", "করিম", "1956-03-14"):
        assert secret not in kept


@at(ACCEPTED)
async def test_what_cannot_be_written_down_is_not_answered(place: Place) -> None:
    place.disk_full = True
    answer = await place.ask()
    assert answer.status_code == 503
    assert "widow" not in answer.text


@at()
async def test_the_openapi_document_says_what_is_asked_answered_and_refused(place: Place) -> None:
    async with place.client() as client:
        document = (await client.get("/openapi.json")).json()
    asks = document["paths"]["/v1/people/lookup"]["post"]
    assert asks["responses"].keys() == {"200", "401", "403", "422", "429", "503"}
    assert "application/problem+json" in asks["responses"]["429"]["content"]
    question = document["components"]["schemas"]["Question"]
    assert {"programme", "clerk", "person"} <= set(question["required"])

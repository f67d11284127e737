"""The pairs found within lists of beneficiaries, through the door that reviewers use."""

from typing import Any

import httpx
import orjson

from services.dedup.ruling import Standing
from services.dedup.tables import FINDINGS, FindingRow
from shared import topics
from shared.contracts.person import Name
from shared.stage.records import Origin, Record
from tests.unit.dedup.door import client, door
from tests.unit.dedup.people import person
from tests.unit.dedup.world import Process, World, enter_listed, played

NEAR, FAR = "55490052", "30260005"


class _Door:
    """The HTTP side of pairs: one for all that a test asks, and what it has sent."""

    def __init__(self, process: Process) -> None:
        self.sink, self._app = process.sink, door(process)

    async def pairs(self, key: str = "reviewer-key", **wanted: Any) -> httpx.Response:
        async with client(self._app, key) as reviewer:
            return await reviewer.get("/v1/pairs", params=wanted)

    async def labels(self) -> httpx.Response:
        async with client(self._app, "operator-key") as operator:
            return await operator.get("/v1/labels")

    async def verdict(self, key: str, one: str, wish: dict[str, Any]) -> httpx.Response:
        async with client(self._app, key) as reviewer:
            return await reviewer.post(f"/v1/pairs/{one}/verdict", json=wish)


@played
async def test_pairs_come_by_upazila_and_date_with_masked_evidence(world: World, process: Process) -> None:
    await enter_listed(process, "l1", person(), "old_age")
    await enter_listed(process, "l2", person(mobile=None), "old_age")
    await enter_listed(process, "l3", person(name=Name(bn="আব্দুল করিম মিয়া")), "widow")
    await process.store.insert(
        FINDINGS,
        [
            FindingRow(NEAR, "l1", "l2", "duplicate", "2026-10-01", 20.0),
            FindingRow(NEAR, "l1", "l3", "overlap", "2026-11-01", 9.0),
            FindingRow(FAR, "l2", "l3", "overlap", "2026-10-01", 9.0),
        ],
    )

    listed = _Door(process)

    async def found(key: str = "reviewer-key", **wanted: Any) -> list[tuple[str, str]]:
        pairs = (await listed.pairs(key, **wanted)).json()["pairs"]
        return [(pair["ours"]["application_id"], pair["theirs"]["application_id"]) for pair in pairs]

    assert await found() == [("l2", "l3"), ("l1", "l2"), ("l1", "l3")]
    assert await found(upazila=NEAR) == [("l1", "l2"), ("l1", "l3")]
    assert await found(upazila=NEAR, due_by="2026-10-31") == [("l1", "l2")]
    assert await found("dhaka-key") == [("l2", "l3")]
    assert await found("dhaka-key", upazila=NEAR) == []
    first = (await listed.pairs(upazila=NEAR, limit=1)).json()
    assert await found(upazila=NEAR, after=first["next"]) == [("l1", "l3")]

    answer = await listed.pairs(upazila=NEAR, limit=1)
    (pair,) = answer.json()["pairs"]
    assert (pair["kind"], pair["due_on"], pair["theirs"]["source_ref"]) == ("duplicate", "2026-10-01", "r-l2")
    shown = {field["field"]: (field["agreement"], field["ours"]) for field in pair["fields"]}
    assert shown["national_id"] == ("equal", "4********7")
    for secret in ("4601234567", "01712345678", "Karim", "1956-03"):
        assert secret not in answer.text
    assert (await listed.pairs("ministry-key")).status_code == 403


class _Desk:
    """Two of a list who look like one person, and reviewers who say what they are."""

    def __init__(self, world: World, process: Process) -> None:
        self.world, self.process, self.door = world, process, _Door(process)

    async def laid_out(self) -> None:
        await enter_listed(self.process, "l1", person(), "old_age")
        await enter_listed(self.process, "l2", person(mobile=None), "old_age")
        await self.process.store.insert(FINDINGS, [FindingRow(NEAR, "l1", "l2", "duplicate", "2026-10-01", 20.0)])

    async def post(self, verdict: str, n: int, key: str, one: str, other: str) -> httpx.Response:
        wish = {"other": other, "n": n, "verdict": verdict, "reason": "asked the office"}
        return await self.door.verdict(key, one, wish)

    async def say(self, verdict: str, n: int, key: str = "reviewer-key", one: str = "l1", other: str = "l2") -> str:
        """The reason of the refusal, or the state of the pair that the answer tells."""
        answer = await self.post(verdict, n, key, one, other)
        assert answer.status_code == 202, answer.text
        out = self.door.sink.sent[-1]
        assert out.topic == topics.command("dedup")
        record = Record(Origin(out.topic, 0, self.world.offset()), out.key, out.value, out.headers, 1_000)
        await self.process.obey(record)
        await self.process.obey(record)
        (row,) = self.world.rows(answer.json()["command_id"])
        content = orjson.loads(row.body)
        found: str = content["result"]["state"] if row.state == "done" else content["reasons"][0]["code"]
        return found

    async def labels(self) -> list[tuple[str, str, str]]:
        pairs = (await self.door.labels()).json()["pairs"]
        return [(pair["left"], pair["right"], pair["label"]) for pair in pairs]


@played
async def test_a_reviewers_word_on_a_listed_pair_is_a_label_and_stops_nobody(world: World, process: Process) -> None:
    desk = _Desk(world, process)
    await desk.laid_out()
    assert await desk.labels() == []
    assert await desk.say("same", 0) == "same"
    (pair,) = (await desk.door.pairs()).json()["pairs"]
    assert (pair["n"], pair["word"]["verdict"], pair["word"]["by"]) == (1, "same", "salma")
    assert (await desk.door.pairs(undecided=True)).json()["pairs"] == []
    assert await desk.labels() == [("l1", "l2", "same")]
    assert len(world.rows("review/l1/l2")) == 1, "a record that comes again says nothing new"
    assert world.rows("l1") == world.rows("l2") == []
    known = await process.register.known(["l1", "l2"])
    assert {me.standing for me in known.values()} == {Standing.ACCEPTED}


@played
async def test_a_word_on_a_pair_is_turned_round_by_another_person_only(world: World, process: Process) -> None:
    desk = _Desk(world, process)
    await desk.laid_out()
    assert await desk.say("undo", 0) == "nothing_to_undo_of_pair"
    assert await desk.say("same", 0, one="l2", other="l1") == "same", "the order does not matter"
    assert await desk.say("different", 0, "kurigram-key") == "pair_decided_anew"
    assert await desk.say("same", 1, "kurigram-key") == "pair_decided"
    assert await desk.say("different", 1) == "second_person_needed"
    assert await desk.say("undo", 1) == "second_person_needed"
    assert await desk.say("different", 1, "kurigram-key") == "different"
    assert await desk.labels() == [("l1", "l2", "different")]
    assert await desk.say("undo", 2) == "undo"
    assert await desk.labels() == []
    assert [pair["n"] for pair in (await desk.door.pairs(undecided=True)).json()["pairs"]] == [3]
    assert await desk.say("different", 3, "kurigram-key") == "different"


@played
async def test_of_two_words_at_once_the_later_one_is_told_to_look_again(world: World, process: Process) -> None:
    desk = _Desk(world, process)
    await desk.laid_out()
    asked = [
        (await desk.post(verdict, 0, key, "l1", "l2")).json()["command_id"]
        for verdict, key in (("same", "reviewer-key"), ("different", "kurigram-key"))
    ]
    records = [
        Record(Origin(out.topic, 0, world.offset()), out.key, out.value, out.headers, 1_000)
        for out in desk.door.sink.sent
    ]
    await process.obey(*records)
    assert [world.rows(command_id)[-1].state for command_id in asked] == ["done", "refused"]
    assert [row.state for row in world.rows("review/l1/l2")] == ["same"]


@played
async def test_only_pairs_that_were_found_can_be_decided_and_only_in_the_reviewers_area(
    world: World, process: Process
) -> None:
    desk = _Desk(world, process)
    await desk.laid_out()
    await enter_listed(process, "l3", person(), "widow")
    assert await desk.say("same", 0, other="l3") == "pair_unknown"
    assert await desk.say("same", 0, one="nobody") == "pair_unknown"
    assert (await desk.post("same", 0, "dhaka-key", "l1", "l2")).status_code == 403
    assert (await desk.post("same", 0, "operator-key", "l1", "l2")).status_code == 403

"""Reviews through the door that reviewers and ``dsr`` use."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI

from shared import topics
from shared.contracts.person import Name, NationalId
from shared.stage.records import Origin, Record
from tests.unit.dedup.door import client, door
from tests.unit.dedup.people import person
from tests.unit.dedup.world import Process, World, played

BORROWER = person(name=Name(bn="লুৎফর রহমান", en="Lutfur Rahman"))


def asked(world: World) -> Record:
    """The verdict that was produced last, as the stage gets it."""
    out = [out for out in world.sink.sent if out.topic == topics.REVIEW_DECIDED][-1]
    return Record(Origin(out.topic, 0, world.offset()), out.key, out.value, out.headers, 1)


def behind_the_door(
    scene: Callable[[World, Process, FastAPI], Awaitable[None]],
) -> Callable[[], None]:
    """A scene in which ``a2`` is held for the sake of ``a1``."""

    async def play(world: World, process: Process) -> None:
        await process.process(world.record("a1"))
        await process.process(world.record("a2", BORROWER, place=1))
        await scene(world, process, door(process))

    play.__name__, play.__doc__ = getattr(scene, "__name__", "scene"), scene.__doc__
    return played(play)


@behind_the_door
async def test_the_queue_lists_what_is_held_and_the_evidence_is_masked(
    world: World, process: Process, app: FastAPI
) -> None:
    async with client(app) as reviewer:
        queue = (await reviewer.get("/v1/reviews")).json()
        assert [(one["application_id"], one["revision"], one["n"]) for one in queue["reviews"]] == [("a2", 1, 1)]
        assert "next" not in queue
        shown = await reviewer.get("/v1/reviews/a2")
        (suspect,) = shown.json()["suspects"]
        assert (suspect["application_id"], suspect["standing"], suspect["level"]) == ("a1", "accepted", "suspicious")
        fields = {field["field"] for field in suspect["fields"]}
        assert fields >= {"national_id", "name", "birth_date", "mother", "mobile"}
        for secret in ("4601234567", "01712345678", "1956-03-14", "Karim"):
            assert secret not in shown.text


@behind_the_door
async def test_a_verdict_is_decided_by_the_stage_and_its_asker_is_taken_from_the_key(
    world: World, process: Process, app: FastAPI
) -> None:
    said = {"revision": 1, "n": 1, "verdict": "distinct", "reason": "two people, one typing error"}
    async with client(app) as reviewer:
        answer = await reviewer.post("/v1/reviews/a2/verdict", json=said)
        assert answer.status_code == 202
        where = answer.headers["Location"]
        assert (await reviewer.get(where)).json()["state"] == "pending"
        await process.process(asked(world))
        decided = (await reviewer.get(where)).json()
        assert (decided["state"], decided["result"]["state"]) == ("done", "cleared")
        assert (await reviewer.get("/v1/reviews")).json()["reviews"] == []
        decided = (await reviewer.get("/v1/reviews/a2")).json()
        assert (decided["held"], decided["state"], decided["decisions"][-1]["by"]) == (False, "cleared", "salma")
        assert (await reviewer.get("/v1/reviews/a9")).status_code == 404
    assert world.ruling("a2").by == "salma"


@behind_the_door
async def test_the_command_review_is_the_same_verdict(world: World, process: Process, app: FastAPI) -> None:
    said = {"revision": 1, "n": 1, "verdict": "duplicate", "duplicate_of": "a1", "reason": "her second form"}
    async with client(app) as reviewer:
        body = {"name": "review", "about": "a2", "arguments": said}
        answer = await reviewer.post("/v1/commands", json=body)
        assert answer.status_code == 202
    await process.process(asked(world))
    assert world.state("a2") == "duplicate"


@behind_the_door
async def test_every_mistake_of_a_verdict_is_named(world: World, process: Process, app: FastAPI) -> None:
    async with client(app) as reviewer:
        answer = await reviewer.post("/v1/reviews/a2/verdict", json={"revision": 0, "verdict": "maybe", "reason": "x"})
    assert answer.status_code == 422
    assert {mistake["field"].split(".")[-1] for mistake in answer.json()["errors"]} == {
        "revision",
        "n",
        "verdict",
        "reason",
    }


@behind_the_door
async def test_only_reviewers_decide_and_ministries_see_nothing(world: World, process: Process, app: FastAPI) -> None:
    said = {"revision": 1, "n": 1, "verdict": "distinct", "reason": "two people"}
    async with client(app, "operator-key") as operator:
        assert (await operator.get("/v1/reviews")).status_code == 200
        assert (await operator.post("/v1/reviews/a2/verdict", json=said)).status_code == 403
    async with client(app, "ministry-key") as ministry:
        assert (await ministry.get("/v1/reviews")).status_code == 403
        assert (await ministry.get("/v1/reviews/a2")).status_code == 403


@played
async def test_the_queue_comes_in_pages(world: World, process: Process) -> None:
    for i in range(6):
        own = {"national_id": NationalId(n10=f"77000000{i:02}")}
        await process.process(world.record(f"a{i}", person(**own, name=Name(bn="রহিম"), date_of_birth=None)))
        await process.process(world.record(f"b{i}", person(**own, name=Name(bn="সোলায়মান")), place=1))
    names = []
    async with client(door(process)) as reviewer:
        after: dict[str, str] = {}
        while True:
            page = (await reviewer.get("/v1/reviews", params={"limit": "4", **after})).json()
            assert len(page["reviews"]) <= 4
            names += [one["application_id"] for one in page["reviews"]]
            if "next" not in page:
                break
            after = {"after": page["next"]}
    assert len(names) == len(set(names))
    assert [name for name in names if name.startswith("b")] == [f"b{i}" for i in range(6)], "who applied first is first"


@behind_the_door
async def test_the_queue_is_narrowed_by_area_source_programme_day_and_age(
    world: World, process: Process, app: FastAPI
) -> None:
    async with client(app) as reviewer:

        async def listed(**wanted: str | int) -> list[str]:
            answer = await reviewer.get("/v1/reviews", params=wanted)
            assert answer.status_code == 200, answer.text
            return [one["application_id"] for one in answer.json()["reviews"]]

        for found in (
            {"upazila": "55490052"},
            {"source": "msw"},
            {"programme": "old_age"},
            {"held_from": "1970-01-01", "held_to": "1970-01-01"},
            {"free": "true"},
        ):
            assert await listed(**found) == ["a2"]
        for missed in (
            {"upazila": "30260005"},
            {"source": "mowca"},
            {"programme": "widow"},
            {"held_from": "1970-01-02"},
            {"held_to": "1969-12-31"},
            {"older_than_h": 3},
        ):
            assert await listed(**missed) == []
        for _ in range(3 * 60):
            world.later()
        assert await listed(older_than_h=3) == ["a2"]
        wrong = await reviewer.get("/v1/reviews", params={"upazila": "55", "limit": "0", "held_from": "yesterday"})
        assert {mistake["field"] for mistake in wrong.json()["errors"]} == {"upazila", "limit", "held_from"}


@behind_the_door
async def test_a_reviewer_of_an_area_sees_and_decides_in_that_area_only(
    world: World, process: Process, app: FastAPI
) -> None:
    said = {"revision": 1, "n": 1, "verdict": "distinct", "reason": "two people"}
    async with client(app, "dhaka-key") as other:
        assert (await other.get("/v1/reviews")).json()["reviews"] == []
        for answer in (
            await other.get("/v1/reviews/a2"),
            await other.post("/v1/reviews/a2/verdict", json=said),
            await other.post("/v1/reviews/a2/claim", json={"revision": 1, "n": 1}),
            await other.post("/v1/commands", json={"name": "review", "about": "a2", "arguments": said}),
        ):
            assert answer.status_code == 403
            assert answer.json()["type"] == "urn:dsr:problem:area_not_yours"
    assert [out for out in world.sink.sent if out.topic == topics.REVIEW_DECIDED] == []
    async with client(app, "kurigram-key") as own:
        assert [one["application_id"] for one in (await own.get("/v1/reviews")).json()["reviews"]] == ["a2"]
        assert (await own.post("/v1/reviews/a2/verdict", json=said)).status_code == 202


@behind_the_door
async def test_who_has_taken_a_case_is_shown_to_the_others(world: World, process: Process, app: FastAPI) -> None:
    async with client(app) as reviewer:
        answer = await reviewer.post("/v1/reviews/a2/claim", json={"revision": 1, "n": 1})
        out = [out for out in world.sink.sent if out.topic == topics.command("dedup")][-1]
        await process.obey(Record(Origin(out.topic, 0, world.offset()), out.key, out.value, out.headers, 0))
        assert (await reviewer.get(answer.headers["Location"])).json()["state"] == "done"
        shown = (await reviewer.get("/v1/reviews/a2")).json()
        assert (shown["taken_by"], shown["taken_until"]) == ("salma", "1970-01-01T00:30:00+00:00")
        assert (await reviewer.get("/v1/reviews", params={"free": "true"})).json()["reviews"] == []


@behind_the_door
async def test_a_verdict_names_the_other_one_where_it_needs_it_and_only_there(
    world: World, process: Process, app: FastAPI
) -> None:
    async with client(app) as reviewer:
        for verdict, other in (("merge", None), ("duplicate", None), ("split", "a1"), ("undo", "a1")):
            said = {"revision": 1, "n": 1, "verdict": verdict, "reason": "looked at both", "duplicate_of": other}
            answer = await reviewer.post("/v1/reviews/a2/verdict", json=said)
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["code"] == "original_missing"

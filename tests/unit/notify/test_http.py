"""What a ministry's program asks notify: one application, by id or by its own reference, and what has changed."""

from typing import Any

import pytest

from services.notify.view import SETTLED_US
from tests.unit.notify.world import ID, PSEUDONYMS, World, answer, line

pytestmark = pytest.mark.anyio


async def get(world: World, path: str, key: str = "dss-key", **query: Any) -> tuple[int, Any]:
    async with world.client(key) as client:
        found = await client.get(path, params=query)
    return found.status_code, found.json()


@pytest.fixture
async def world() -> World:
    return await World().tell(
        line("intake", "accepted"), line("scoring", "eligible"), line("dedup", "review", next="reviewer")
    )


async def test_an_application_is_found_by_its_id_and_by_the_sources_own_reference(world: World) -> None:
    code, by_id = await get(world, f"/v1/applications/{ID}")
    assert code == 200
    assert (by_id["state"], by_id["stage"], by_id["next"], by_id["source_ref"]) == (
        "review",
        "dedup",
        "reviewer",
        "r-1",
    )
    assert [each["state"] for each in by_id["lines"]] == ["accepted", "eligible", "review"]
    assert await get(world, "/v1/applications", source_ref="r-1") == (200, by_id)


async def test_somebody_elses_application_looks_like_none(world: World) -> None:
    code, theirs = await get(world, f"/v1/applications/{ID}", "lgd-key")
    none_code, none = await get(world, f"/v1/applications/{PSEUDONYMS.application_id('lgd', 'r-9')}", "lgd-key")
    assert (code, none_code) == (404, 404)
    assert theirs == none
    assert theirs["type"].endswith("application_unknown")
    assert (await get(world, "/v1/applications", "lgd-key", source_ref="r-1"))[0] == 404


async def test_a_reference_of_which_nothing_could_be_read_is_answered_with_what_was_said_of_its_submissions() -> None:
    world = await World().tell(answer("unreadable", "e-1", revision=0, next="source"))
    code, found = await get(world, "/v1/applications", source_ref="r-1")
    assert code == 200
    assert (found["state"], found["next"], found["lines"]) == ("unreadable", "source", [])
    assert [each["state"] for each in found["answers"]] == ["unreadable"]
    await world.tell(line("intake", "accepted"))
    _, found = await get(world, "/v1/applications", source_ref="r-1")
    assert (found["state"], len(found["answers"])) == ("accepted", 1)


async def test_a_key_for_two_sources_finds_what_either_has_sent(world: World) -> None:
    assert (await get(world, f"/v1/applications/{ID}", "both-key"))[0] == 200
    assert (await get(world, "/v1/applications", "both-key", source_ref="r-1"))[0] == 200


@pytest.mark.parametrize("path", [f"/v1/applications/{ID}", "/v1/applications?source_ref=r-1", "/v1/changes"])
async def test_only_a_sources_key_is_answered(world: World, path: str) -> None:
    assert (await get(world, path, "operator-key"))[0] == 403
    assert (await get(world, path, "guessed-key"))[0] == 401


async def test_a_feed_gives_every_line_once_and_then_only_what_is_new(world: World) -> None:
    await world.tell(*(line("enrolment", "waiting", n) for n in range(1, 8)), partition=1)
    seen: list[Any] = []
    cursor = None
    while True:
        code, page = await get(world, "/v1/changes", limit=2, **({"cursor": cursor} if cursor else {}))
        assert code == 200
        cursor = page["cursor"]
        if not page["lines"]:
            break
        seen += page["lines"]
    assert len(seen) == 10
    assert len({(each["stage"], each["n"]) for each in seen}) == 10
    await world.tell(answer("recognised", "e-1"), partition=3)
    _, page = await get(world, "/v1/changes", cursor=cursor)
    assert [each["state"] for each in page["lines"]] == ["recognised"]


async def test_a_line_that_is_kept_after_those_that_follow_it_is_not_missing_in_the_feed(world: World) -> None:
    late, following = (world.record(line("enrolment", "waiting", n)) for n in (1, 2))
    await world.take(following)
    _, page = await get(world, "/v1/changes")
    assert [each["stage"] for each in page["lines"]] == ["intake", "scoring", "dedup"]
    await world.take(late)
    _, page = await get(world, "/v1/changes", cursor=page["cursor"])
    assert [each["n"] for each in page["lines"]] == [1, 2]


async def test_a_line_that_will_never_come_holds_the_feed_up_for_a_minute(world: World) -> None:
    _, following = (world.record(line("enrolment", "waiting", n)) for n in (1, 2))
    await world.take(following)
    assert len((await get(world, "/v1/changes"))[1]["lines"]) == 3
    world.now_us += SETTLED_US
    assert len((await get(world, "/v1/changes"))[1]["lines"]) == 4


async def test_a_feed_holds_its_own_sources_lines_only(world: World) -> None:
    await world.tell(line("intake", "rejected", source="lgd", application_id="a-lgd"))
    assert len((await get(world, "/v1/changes"))[1]["lines"]) == 3
    assert [each["source"] for each in (await get(world, "/v1/changes", "lgd-key"))[1]["lines"]] == ["lgd"]
    assert (await get(world, "/v1/changes", source="lgd"))[0] == 403


async def test_a_key_for_two_sources_says_whose_changes_it_wants(world: World) -> None:
    code, problem = await get(world, "/v1/changes", "both-key")
    assert (code, problem["type"].rpartition(":")[2]) == (422, "source_missing")
    assert len((await get(world, "/v1/changes", "both-key", source="dss"))[1]["lines"]) == 3


@pytest.mark.parametrize("cursor", ["x", "1.2.3", "1.2.3.4.5", "1.2.3.-4", "1.2.3.৪", "1.2.3.99999999999999999999"])
async def test_a_cursor_of_nobodys_is_refused_with_what_to_do(world: World, cursor: str) -> None:
    code, problem = await get(world, "/v1/changes", cursor=cursor)
    assert (code, problem["type"].rpartition(":")[2]) == (422, "cursor_unknown")
    assert "none to begin" in problem["detail"]

"""``dsr notify``: what a ministry's operator reads at a terminal."""

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest
from click.testing import CliRunner

from services.notify.cli import notify
from shared.contracts.status import StatusLine
from shared.http.client import Client, Refused
from shared.service import terminal
from shared.settings import load
from tests.unit.notify.world import ID, World, answer, line


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> World:
    """Notify with an application, in the place of the one that ``dsr`` would call over the network."""
    world = World()
    said = [line("intake", "accepted"), line("dedup", "review", next="reviewer"), answer("recognised", "e-1")]
    asyncio.run(_tell(world, said))

    def handle(request: httpx.Request) -> httpx.Response:
        return asyncio.run(_asked(world, request))

    monkeypatch.setenv("DSR_API_KEY", "dss-key")
    monkeypatch.setattr(terminal, "client", _client(handle))
    return world


def _client(handle: Callable[[httpx.Request], httpx.Response]) -> Callable[[], Client]:
    return lambda: Client(load(), transport=httpx.MockTransport(handle))


async def _tell(world: World, said: list[StatusLine]) -> None:
    await world.tell(*said)


async def _asked(world: World, request: httpx.Request) -> httpx.Response:
    async with world.client(request.headers["Authorization"].removeprefix("Bearer ")) as client:
        found = await client.get(request.url.raw_path.decode())
    return httpx.Response(found.status_code, content=found.content, headers={"content-type": "application/json"})


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize("name", ["r-1", ID])
def test_an_application_is_shown_by_reference_and_by_id(name: str) -> None:
    told = json.loads(CliRunner().invoke(notify, ["show", name, "--json"], catch_exceptions=False).output)
    assert (told["application_id"], told["state"]) == (ID, "review")
    output = CliRunner().invoke(notify, ["show", name], catch_exceptions=False).output
    assert "r-1 revision 1: review (dedup)" in output
    assert "recognised" in output


@pytest.mark.usefixtures("door")
def test_an_unknown_reference_ends_with_a_sentence() -> None:
    with pytest.raises(Refused, match="No application of yours"):
        CliRunner().invoke(notify, ["show", "r-77"], catch_exceptions=False)


@pytest.mark.usefixtures("door")
def test_changes_go_on_where_the_last_call_ended() -> None:
    told = json.loads(CliRunner().invoke(notify, ["changes", "--json"], catch_exceptions=False).output)
    assert len(told["lines"]) == 3
    output = CliRunner().invoke(notify, ["changes", "--cursor", told["cursor"]], catch_exceptions=False).output
    assert "accepted" not in output
    assert f"--cursor {told['cursor']}" in output

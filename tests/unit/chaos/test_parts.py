"""The parts that a run is made of: the gate, the next policy, the lock, poison."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from sandbox.chaos.gate import Gate
from sandbox.chaos.poison import poison
from sandbox.chaos.policies import next_version
from sandbox.chaos.stores import hold_lock
from shared.policy import Policy

POLICY = Path(__file__).parents[3] / "deploy" / "policy"


@pytest.mark.anyio
async def test_kafka_is_shaken_only_between_the_incidents_of_the_stages() -> None:
    gate, seen = Gate(), list[str]()
    over = asyncio.Event()

    async def first() -> None:
        async with gate.beside_others():
            seen.append("first")
            await over.wait()

    async def kafka() -> None:
        async with gate.alone():
            seen.append("kafka")

    async def later() -> None:
        async with gate.beside_others():
            seen.append("later")

    tasks = [asyncio.create_task(each()) for each in (first, first, kafka)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(later()))
    over.set()
    await asyncio.gather(*tasks)
    assert seen == ["first", "first", "kafka", "later"]


def test_the_next_policy_decides_otherwise_under_another_name(tmp_path: Path, policy: Policy) -> None:
    newer = next_version(POLICY, tmp_path / "next")
    assert newer.hash != policy.hash
    assert newer.sources == policy.sources
    assert newer.providers == policy.providers
    changed = {code for code, each in newer.programmes.items() if each.cut_off != policy.programmes[code].cut_off}
    assert changed


def test_nobody_else_can_write_while_the_store_is_locked(tmp_path: Path) -> None:
    store, refused = tmp_path / "stage.db", list[str]()
    with closing(sqlite3.connect(store)) as made:
        made.execute("CREATE TABLE kept (n)")

    def write(seconds: float) -> None:
        with closing(sqlite3.connect(store, timeout=0)) as other:
            try:
                other.execute("INSERT INTO kept VALUES (1)")
            except sqlite3.OperationalError as error:
                refused.append(str(error))

    assert hold_lock(store, 10.0, write)
    assert refused == ["database is locked"]
    write(0)
    assert len(refused) == 1, "afterwards it is free"


def test_poison_is_bad_in_every_way_and_the_same_for_a_seed() -> None:
    def some() -> list[object]:
        rng = Random(1)
        return [poison(rng, "msw", number) for number in range(200)]

    assert some() == some()
    assert len({bad.kind for number in range(200) if (bad := poison(Random(number), "msw", number))}) > 8

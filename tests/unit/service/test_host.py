"""A service from its first step to its last, with parts that are told what to do."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from shared.errors import DsrError
from shared.service.host import Service, StopTooSlow, WorkerEnded, host
from shared.service.waiting import NotThere, wait_for
from shared.service.web import PortTaken, WebServer
from shared.settings import Settings
from shared.stage.ports import KafkaAway
from shared.stage.records import Outgoing
from shared.store.memory import MemoryStore
from shared.store.port import Table
from tests.unit.jumping import run


class Diary(list[str]):
    """What happened, in order; and how long it took, in seconds of the loop's clock."""

    seconds = 0.0


@dataclass
class Store(MemoryStore):
    diary: Diary = field(default_factory=Diary)

    def __post_init__(self) -> None:
        super().__init__()

    async def open(self, tables: Sequence[Table[Any]]) -> None:
        self.diary.append("store opened")
        await super().open(tables)

    async def close(self) -> None:
        self.diary.append("store closed")
        await super().close()


@dataclass
class Sink:
    diary: Diary
    away: bool = False

    async def start(self) -> None:
        if self.away:
            raise KafkaAway("refused")
        self.diary.append("kafka there")

    async def send(self, outgoing: Sequence[Outgoing]) -> None: ...

    async def stop(self) -> None:
        self.diary.append("producer closed")


@dataclass
class Consumer:
    """Runs until it is told to stop, or until ``end`` raises or returns."""

    diary: Diary
    name: str = "scoring"
    end: Callable[[], Awaitable[None]] | None = None
    deaf: bool = False
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    running: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        self.diary.append(f"{self.name} runs")
        self.running.set()
        if self.end is not None:
            return await self.end()
        await (asyncio.Event() if self.deaf else self.stopping).wait()
        self.diary.append(f"{self.name} finished")
        return None

    def stop(self) -> None:
        self.stopping.set()


def serve(
    consumer: Consumer,
    *,
    sink: Sink | None = None,
    check: Callable[[], Awaitable[None]] | None = None,
    meanwhile: Callable[[], Awaitable[None]] | None = None,
    **settings: Any,
) -> None:
    """Host a service with one consumer, and stop it once the consumer runs."""

    async def go() -> None:
        stop = asyncio.Event()
        service = Service(
            "scoring",
            FastAPI(),
            Store(consumer.diary),
            (),
            sink or Sink(consumer.diary),
            [consumer],
            () if check is None else (check,),
        )
        hosted = asyncio.create_task(
            host(service, Settings(**{"scoring_port": 0, "kafka_wait_s": 0.3, "stop_s": 0.3, **settings}), stop)
        )
        ready = asyncio.create_task(consumer.running.wait())
        await asyncio.wait({hosted, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if meanwhile is not None:
            await meanwhile()
        if consumer.end is None:
            stop.set()
        try:
            await hosted
        finally:
            consumer.diary.seconds = asyncio.get_running_loop().time()

    run(go())


def test_a_service_starts_in_order_and_stops_in_the_opposite_one() -> None:
    diary = Diary()

    async def check() -> None:
        diary.append("checked")

    serve(Consumer(diary), check=check)
    assert diary == [
        "store opened",
        "kafka there",
        "checked",
        "scoring runs",
        "scoring finished",
        "producer closed",
        "store closed",
    ]


def test_without_kafka_it_gives_up_in_bounded_time_and_says_what_to_do() -> None:
    diary = Diary()
    with pytest.raises(NotThere, match=r"Kafka at 127.0.0.1:9092 did not answer within 0.3 s \(refused\)") as caught:
        serve(Consumer(diary), sink=Sink(diary, away=True))
    assert "DSR_KAFKA=host:port" in str(caught.value)
    assert caught.value.exit_code == 3
    assert diary == ["store opened", "producer closed", "store closed"]


def test_a_check_that_refuses_ends_the_start_before_anything_is_consumed() -> None:
    diary = Diary()

    async def check() -> None:
        raise DsrError("This is another Kafka.")

    with pytest.raises(DsrError, match="another Kafka"):
        serve(Consumer(diary), check=check)
    assert "scoring runs" not in diary


class Lost(DsrError):
    exit_code = 4


def test_a_consumer_that_dies_ends_the_service_with_its_sentence_and_code() -> None:
    async def end() -> None:
        raise Lost("Records were deleted unread.")

    diary = Diary()
    with pytest.raises(WorkerEnded, match=r"scoring ended. Records were deleted unread.") as caught:
        serve(Consumer(diary, end=end))
    assert caught.value.exit_code == 4
    assert diary[-2:] == ["producer closed", "store closed"]


def test_a_defect_in_a_consumer_is_named_without_its_text() -> None:
    async def end() -> None:
        raise KeyError("1990123456789")

    with pytest.raises(WorkerEnded, match=r"defect of the program \(KeyError\)") as caught:
        serve(Consumer(Diary(), end=end))
    assert "1990123456789" not in str(caught.value)


def test_a_consumer_that_just_returns_ends_the_service_too() -> None:
    async def end() -> None: ...

    with pytest.raises(WorkerEnded, match="without a reason"):
        serve(Consumer(Diary(), end=end))


def test_a_consumer_that_does_not_stop_is_cut_off_and_named() -> None:
    diary = Diary()
    with pytest.raises(StopTooSlow, match=r"cut off after 0.3 s while scoring"):
        serve(Consumer(diary, deaf=True))
    assert diary[-2:] == ["producer closed", "store closed"]
    assert 0.3 <= diary.seconds < 1.0, "the loop's clock: nobody waited for it"


def test_a_taken_port_stops_the_start_with_one_sentence_and_before_anything_is_opened() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        diary = Diary()
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port} .the port is taken.*set DSR_SCORING_PORT") as caught:
            serve(Consumer(diary), scoring_port=port)
    assert caught.value.exit_code == 2
    assert not diary


def test_an_address_of_another_machine_is_refused_by_its_setting() -> None:
    with pytest.raises(PortTaken, match=r"Cannot listen on 192\.0\.2\.1:0"):
        serve(Consumer(Diary()), http_host="192.0.2.1")


def test_http_is_answered_while_the_service_runs() -> None:
    app = FastAPI()

    @app.get("/hello")
    async def hello() -> str:
        return "there"

    async def go() -> str:
        web = WebServer(app, "127.0.0.1", 0, "DSR_SCORING_PORT", 1.0)
        task = asyncio.create_task(web.run())
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{web.port}/hello")
        web.stop()
        await task
        return str(answer.json())

    assert asyncio.run(go()) == "there"


def test_waiting_ends_as_soon_as_the_dependency_is_there() -> None:
    waits: list[float] = []

    async def attempt() -> None:
        if len(waits) < 3:
            raise KafkaAway("refused")

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    asyncio.run(wait_for("Kafka", "Start it.", attempt, 30.0, clock=lambda: sum(waits), sleep=pause))
    assert waits == [0.2, 0.4, 0.8]


def test_a_dependency_that_hangs_counts_as_away() -> None:
    async def hangs() -> None:
        await asyncio.Event().wait()

    with pytest.raises(NotThere, match="no answer"):
        run(wait_for("Kafka", "Start it.", hangs, 0.05))

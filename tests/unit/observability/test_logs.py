"""What reaches a log line, and what never does."""

import io
import logging
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry
from pydantic import BaseModel

from shared.errors import DsrError
from shared.observability import logs, trace
from shared.observability.metrics import Metrics
from shared.observability.observer import NAMED_MAX, MetricsObserver
from shared.stage.observer import PutAside
from shared.stage.records import Origin
from tests.unit.listening import listening

NID = "1990123456789"


class Person(BaseModel):
    national_id: int


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    with listening() as stream:
        yield stream


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_says_when_who_and_what(out: io.StringIO) -> None:
    logs.get("shared.test").info("A batch went through", records=500)
    (line,) = lines(out)
    assert line["event"] == "A batch went through"
    assert (line["level"], line["stage"], line["records"]) == ("info", "intake", 500)
    assert line["timestamp"].endswith("Z")


def test_a_key_that_nobody_allowed_is_left_out_and_counted() -> None:
    counted: list[str] = []
    with listening(on_left_out=counted.append) as stream:
        logs.get("shared.test").info("Received", name_bn="রহিমা", national_id=NID, records=1)
    (line,) = lines(stream)
    assert line["left_out"] == ["name_bn", "national_id"] == counted
    assert "রহিমা" not in stream.getvalue()
    assert NID not in stream.getvalue()


def test_an_object_under_an_allowed_key_is_named_by_its_type_only(out: io.StringIO) -> None:
    logs.get("shared.test").info("Received", reason=Person(national_id=int(NID)), cause={"id": NID})
    assert NID not in out.getvalue()
    assert lines(out)[0]["reason"] == "<Person>"


def test_an_exception_shows_where_but_quotes_nothing(out: io.StringIO) -> None:
    def broken(secret: str) -> None:
        try:
            Person.model_validate({"national_id": f"x{secret}"})
        except ValueError as error:
            raise KeyError(secret) from error

    try:
        broken(NID)
    except Exception:
        logs.get("shared.test").exception("It broke")
    (line,) = lines(out)
    assert NID not in out.getvalue()
    assert [part["type"] for part in line["exception"]] == [
        "KeyError",
        "pydantic_core._pydantic_core.ValidationError",
    ]
    assert any("broken" in frame for frame in line["exception"][0]["frames"])


def test_the_sentence_of_our_own_errors_is_kept(out: io.StringIO) -> None:
    try:
        raise DsrError("The disk is full.")
    except DsrError:
        logs.get("shared.test").exception("It broke")
    assert lines(out)[0]["exception"][0]["text"] == "The disk is full."


def test_lines_of_libraries_go_the_same_way(out: io.StringIO) -> None:
    try:
        raise ValueError(NID)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in %s", "app", extra={"body": NID})
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: ValueError(%r)", NID)
    logging.getLogger("aiokafka.consumer").info("too talkative")
    first, second = lines(out)
    assert (first["event"], first["logger"]) == ("Exception in app", "uvicorn.error")
    assert second["event"] == "Task exception was never retrieved"
    assert NID not in out.getvalue()


def test_the_trace_stands_on_every_line_within(out: io.StringIO) -> None:
    with trace.bound("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"):
        logs.get("shared.test").info("Within")
    logs.get("shared.test").info("Outside")
    within, outside = lines(out)
    assert within["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert "trace_id" not in outside


def test_a_person_at_a_terminal_gets_readable_lines() -> None:
    with listening("console") as stream:
        logs.get("shared.test").warning("Waiting for a dependency", dependency="store")
    assert stream.getvalue().rstrip().endswith("warning Waiting for a dependency  dependency=store stage=intake")


def test_a_dead_letter_is_told_by_its_place_and_its_trace_and_of_many_only_the_first(out: io.StringIO) -> None:
    observer = MetricsObserver(Metrics(CollectorRegistry()))
    traceparent = f"00-{'4b' * 16}-00f067aa0ba902b7-01"
    letters = [PutAside("not_json", Origin("lgd.x", 1, offset), traceparent) for offset in range(NAMED_MAX + 3)]
    observer.put_aside("intake", [*letters, PutAside("type_unknown", Origin("lgd.x", 0, 7), None)])
    told = [line for line in lines(out) if line["event"] == "A record became a dead letter"]
    assert len(told) == NAMED_MAX + 1
    assert (told[0]["topic"], told[0]["partition"], told[0]["offset"]) == ("lgd.x", 1, 0)
    assert told[0]["trace_id"] == "4b" * 16
    assert "trace_id" not in told[-1]
    (rest,) = [line for line in lines(out) if line["event"] == "More became dead letters"]
    assert (rest["reason"], rest["count"]) == ("not_json", 3)

"""The CloudEvents envelope: what is written, what is read, and what is refused without being quoted."""

import json
import uuid
from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.envelope import (
    EVENT_NAMESPACE,
    BadEnvelope,
    Envelope,
    continue_trace,
    event_id,
    format_time,
    traceparent_of,
)
from shared.stage.records import Headers

ID = "be9018a6-1d75-531d-879f-425429afd65c"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ENVELOPE = Envelope(
    id=ID,
    source="/dsr/intake",
    type="application.validated.v1",
    subject="app-1",
    time_us=1_763_780_000_123_456,
    dataschema="https://dsr.example/contracts/application.validated.v1.json",
    traceparent=TRACE,
)
texts = st.text(st.characters(categories=["L", "N", "P"]), min_size=1)


def changed(name: str, content: bytes | None) -> Headers:
    """The headers of ``ENVELOPE`` with one of them changed, or without it."""
    kept = tuple(header for header in ENVELOPE.to_headers() if header[0] != name)
    return kept if content is None else (*kept, (name, content))


@given(
    st.builds(
        Envelope,
        id=texts,
        source=texts,
        type=texts,
        subject=st.none() | texts,
        time_us=st.none() | st.integers(-(10**12), 10**17),
        dataschema=st.none() | texts,
        traceparent=st.sampled_from([None, TRACE]),
    )
)
def test_what_is_written_is_read_back(envelope: Envelope) -> None:
    assert Envelope.from_headers(envelope.to_headers()) == envelope


@given(texts, st.integers(0, 4 * 10**15))
def test_the_public_cloudevents_package_reads_what_we_write(subject: str, time_us: int) -> None:
    envelope = replace(ENVELOPE, subject=subject, time_us=time_us)
    message = KafkaMessage(dict(envelope.to_headers()), b"app-1", b'{"a": 1}')
    event = from_binary(message, JSONFormat())
    assert event.get_id() == ID
    assert event.get_source() == "/dsr/intake"
    assert event.get_type() == "application.validated.v1"
    assert event.get_subject() == subject
    assert event.get_datacontenttype() == "application/json"
    assert event.get_time() == datetime.fromtimestamp(time_us // 10**6, UTC).replace(microsecond=time_us % 10**6)
    assert event.get_data() == {"a": 1}


def test_we_read_what_the_public_cloudevents_package_writes() -> None:
    message = KafkaMessage(dict(ENVELOPE.to_headers()), None, json.dumps({"a": 1}).encode())
    written = to_binary(from_binary(message, JSONFormat()), JSONFormat())
    read = Envelope.from_headers((*written.headers.items(), ("traceparent", TRACE.encode())))
    assert read == ENVELOPE


@given(st.text(), st.text(), st.text(), st.integers(0, 99), st.integers(0, 99))
def test_an_event_id_is_the_uuid5_of_what_the_event_is(
    stage: str, kind: str, subject: str, revision: int, n: int
) -> None:
    try:
        f"{stage}{kind}{subject}".encode()
    except UnicodeEncodeError:
        return
    name = f"{stage}|{kind}|{subject}|{revision}|{n}"
    assert event_id(stage, kind, subject, revision, n) == str(uuid.uuid5(EVENT_NAMESPACE, name))


@given(st.integers(0, 4 * 10**15))
def test_times_are_written_as_rfc3339_with_microseconds(time_us: int) -> None:
    text = format_time(time_us)
    assert len(text) == len("2026-11-22T03:04:05.000006Z")
    assert (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() == pytest.approx(
        time_us / 1e6
    )


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("ce_type", None, "missing_ce_type"),
        ("ce_type", b"", "missing_ce_type"),
        ("ce_type", b"\xff\xfe", "not_utf8_ce_type"),
        ("ce_id", None, "missing_ce_id"),
        ("ce_id", b"\xc3", "not_utf8_ce_id"),
        ("ce_source", None, "missing_ce_source"),
        ("ce_subject", b"\xff", "not_utf8_ce_subject"),
        ("ce_specversion", None, "missing_ce_specversion"),
        ("ce_specversion", b"0.3", "specversion_unknown"),
        ("content-type", b"application/xml", "content_type_not_json"),
        ("content-type", b"application/json-seq", "content_type_not_json"),
        ("ce_type", b"application.validated.v2", "major_version_unknown"),
        ("ce_type", b"application.validated", "type_unknown"),
        ("ce_type", b"Rahima Begum 01711000000", "type_unknown"),
    ],
)
def test_a_bad_envelope_is_refused_by_a_code_that_quotes_nothing(name: str, content: bytes | None, reason: str) -> None:
    with pytest.raises(BadEnvelope) as refused:
        Envelope.from_headers(changed(name, content), accepted=("application.validated.v1",))
    assert refused.value.reason == reason
    assert "Rahima" not in str(refused.value)


def test_structured_mode_is_named_as_what_it_is() -> None:
    with pytest.raises(BadEnvelope, match="structured_mode"):
        Envelope.from_headers((("content-type", b"application/cloudevents+json; charset=utf-8"),))


@pytest.mark.parametrize(
    "content_type",
    [b"application/json", b"application/json; charset=utf-8", b"Application/JSON", b"application/ld+json"],
)
def test_every_spelling_of_json_is_read(content_type: bytes) -> None:
    assert Envelope.from_headers(changed("content-type", content_type)) == ENVELOPE


def test_without_a_content_type_the_value_is_taken_as_json() -> None:
    assert Envelope.from_headers(changed("content-type", None)) == ENVELOPE


@pytest.mark.parametrize("time", [None, b"", b"yesterday", b"\xff", b"2026-11-22T03:04:05", b"1e999"])
def test_a_senders_time_that_cannot_be_told_is_no_reason_to_refuse(time: bytes | None) -> None:
    assert Envelope.from_headers(changed("ce_time", time)) == replace(ENVELOPE, time_us=None)


def test_a_time_with_another_offset_is_the_same_moment() -> None:
    assert Envelope.from_headers(changed("ce_time", b"1970-01-01T06:00:01+06:00")).time_us == 1_000_000


def test_of_a_header_that_comes_twice_the_last_counts() -> None:
    assert Envelope.from_headers((*ENVELOPE.to_headers(), ("ce_id", b"last"))).id == "last"


def test_a_trace_goes_on_with_a_span_that_is_the_events_own() -> None:
    assert continue_trace(TRACE, ID) == "00-0af7651916cd43dd8448eb211c80319c-be9018a61d75531d-01"
    assert continue_trace(TRACE[:-2] + "00", ID).endswith("-00")
    assert continue_trace(None, ID) == traceparent_of(ID) == "00-be9018a61d75531d879f425429afd65c-be9018a61d75531d-01"


@pytest.mark.parametrize(
    "traceparent",
    [
        b"",
        b"\xff",
        b"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        b"00-00000000000000000000000000000000-b7ad6b7169203331-01",
        b"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        b"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
    ],
)
def test_a_traceparent_that_is_not_valid_is_left_out_and_a_new_trace_begins(traceparent: bytes) -> None:
    read = Envelope.from_headers(changed("traceparent", traceparent))
    assert read == replace(ENVELOPE, traceparent=None)
    assert continue_trace(traceparent.decode("latin-1"), ID) == traceparent_of(ID)


def test_a_later_version_of_traceparent_is_understood() -> None:
    later = "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"
    assert Envelope.from_headers(changed("traceparent", later.encode())).traceparent == later
    assert continue_trace(later, ID).startswith("00-0af7651916cd43dd8448eb211c80319c-be9018a61d75531d")

"""Scored applications of made-up people."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared import topics
from shared.contracts.chain import Rank, Scored
from shared.contracts.person import Address, Gender, Name, NationalId, Parent, Person
from shared.envelope import Envelope
from shared.stage.records import Origin, Record

BEGIN = datetime(2026, 7, 1, tzinfo=UTC)
HOME = Address(division="55", district="49", upazila="52", union="11")
MOTHER = Parent(name=Name(bn="রোকেয়া বেগম", en="Rokeya Begum"))
FATHER = Parent(name=Name(bn="মোঃ আনোয়ার হোসেন", en="Md. Anwar Hossain"))


def person(**changes: Any) -> Person:
    """Abdul Karim, with changes."""
    fields: dict[str, Any] = {
        "national_id": NationalId(n10="4601234567"),
        "name": Name(bn="মোঃ আব্দুল করিম", en="Md. Abdul Karim"),
        "mother": MOTHER,
        "father": FATHER,
        "date_of_birth": date(1956, 3, 14),
        "gender": Gender.MALE,
        "permanent_address": HOME,
        "mobile": "01712345678",
    }
    return Person(**{**fields, **changes})


def scored(name: str, who: Person | None = None, *, place: int = 0, **changes: Any) -> Scored:
    """An application of ``who`` (Abdul Karim), received ``place`` minutes after the first."""
    fields: dict[str, Any] = {
        "application_id": name,
        "source": "msw",
        "source_ref": f"ref-{name}",
        "revision": 1,
        "n": 1,
        "programme": "old_age",
        "received_at": BEGIN + timedelta(minutes=place),
        "person": who or person(),
        "rank": Rank(),
        "rate_class": "standard",
        "outcome": "passed",
    }
    return Scored(**{**fields, **changes})


def record(event: Scored, offset: int, partition: int = 0) -> Record:
    """The event as a record of the scored topic."""
    envelope = Envelope(f"e-{event.application_id}-{event.revision}", "/dsr/scoring", "application.scored.v1")
    origin = Origin(topics.SCORED, partition, offset)
    return Record(origin, event.application_id.encode(), event.write(), envelope.to_headers(), 1_000 + offset)

"""The feed: what ten ministries send, record by record, in an order in which a copy follows its original.

Kafka keeps the order of one key, and the key is the source's reference: so a re-send, a conflict, a late revision
and an amendment arrive after the record that they belong to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from heapq import heappop, heappush
from itertools import count
from random import Random

from sandbox.ministries.encode import encode
from sandbox.ministries.habits import HABITS, NO_HABITS
from sandbox.ministries.unreadable import MESSAGE_TYPE, spoil
from sandbox.population.catalogue import Catalogue
from sandbox.population.desk import Filed, delay
from sandbox.population.draws import mix, stream
from sandbox.population.families import Delivery, Families, Family
from sandbox.population.forms import Form
from sandbox.population.scenario import Scenario
from sandbox.population.truth import Truth
from shared.envelope import Envelope
from shared.policy import Policy
from shared.stage.records import Headers
from shared.topics import submitted


@dataclass(frozen=True, slots=True)
class Submission:
    """A record as a ministry sends it. ``truth`` is None for an unreadable one; the key is the source's reference."""

    source: str
    key: bytes
    value: bytes | None
    headers: Headers
    delivery: Delivery
    revision: int
    truth: Truth | None

    @property
    def topic(self) -> str:
        """Where its source sends."""
        return submitted(self.source)


class Feed:
    """A finite feed of ``applications`` applications (distinct references), the same for the same arguments.

    Iterating again starts again. A few thousand records are held back at a time, whatever the size of the feed.
    """

    def __init__(self, seed: int, scenario: Scenario, policy: Policy, today: date, applications: int) -> None:
        """``today`` is the Dhaka date on which it is sent: ages are told on it."""
        self.seed, self.scenario, self.applications = seed, scenario, applications
        self._catalogue = Catalogue.of(policy)
        self._families = Families(seed, scenario, self._catalogue, today)

    def __iter__(self) -> Iterator[Submission]:
        """The records in the order in which they are sent."""
        due: list[tuple[int, int, Submission]] = []
        order, left = count(), self.applications
        for number in count():
            if left == 0:
                break
            family = self._families.at(number)
            for later, submission in self._records(family, family.filed[:left]):
                heappush(due, (number + later, next(order), submission))
            left -= min(left, len(family.filed))
            while due and due[0][0] <= number:
                yield heappop(due)[2]
        while due:
            yield heappop(due)[2]

    def truths(self) -> Iterator[Truth]:
        """The truth of each application, once, without making its records."""
        left = self.applications
        for number in count():
            if left == 0:
                return
            for filed in self._families.at(number).filed[:left]:
                left -= 1
                yield filed.truth

    def _records(self, family: Family, filed: tuple[Filed, ...]) -> Iterator[tuple[int, Submission]]:
        """The records of a family, each with the number of families to wait for."""
        rng = stream(self.seed, 20, family.number)
        for nth, application in enumerate(filed):
            first = family.delivery if nth == 0 else Delivery.FIRST
            revision = 2 if first is Delivery.LATE else 1
            original = self._submission(application, application.form, revision, Delivery.FIRST)
            yield application.delay, original
            if first is Delivery.FIRST:
                continue
            wait = application.delay + delay(rng)
            if first is Delivery.RESEND:
                again = Submission(
                    original.source, original.key, original.value, original.headers, first, revision, original.truth
                )  # fmt: skip
                yield wait, again
            else:
                later = {Delivery.CONFLICT: 1, Delivery.LATE: 1, Delivery.AMENDMENT: 2}[first]
                yield wait, self._submission(application, _changed(rng, application.form), later, first)
        if family.unreadable and filed:
            yield 0, self._unreadable(rng, filed[0])

    def _submission(self, filed: Filed, form: Form, revision: int, delivery: Delivery) -> Submission:
        source, reference = filed.truth.reference
        # The clerk's system writes an application the same way each time.
        value = encode(
            {**form, "revision": revision},
            HABITS.get(source, NO_HABITS),
            self._catalogue.sources[source].gaps,
            Random(mix(self.seed, 21, int.from_bytes(reference.encode()))),
        )
        key = reference.encode()
        envelope = _envelope(source, reference, f"{reference}-{revision}-{delivery.value}")
        return Submission(source, key, value, envelope.to_headers(), delivery, revision, filed.truth)

    def _unreadable(self, rng: Random, filed: Filed) -> Submission:
        source = filed.truth.reference.source
        reference = f"{source.upper()}-X{int(rng.random() * 1e8):08}"
        good = self._submission(filed, {**filed.form, "source_ref": reference}, 1, Delivery.UNREADABLE)
        spoilt = spoil(rng, good.value or b"", _envelope(source, reference, f"{reference}-1"))
        return Submission(source, reference.encode(), *spoilt, Delivery.UNREADABLE, 1, None)


def _envelope(source: str, reference: str, event: str) -> Envelope:
    return Envelope(id=event, source=f"/{source}/mis", type=MESSAGE_TYPE, subject=reference)


def _changed(rng: Random, form: Form) -> Form:
    """The form with something put right that changes nobody's right to it."""
    applicant = dict(form["applicant"])
    kind = rng.random()
    if kind < 0.4:
        address = applicant["permanent_address"]
        line = f"{address['line']}, ডাকঘর {int(rng.random() * 9_000) + 1_000}"
        applicant["permanent_address"] = applicant["present_address"] = {**address, "line": line}
    elif kind < 0.75:
        applicant["mobile"] = f"01{3 + int(rng.random() * 7)}{int(rng.random() * 1e8):08}"
    else:
        # Not a field that some source leaves out: then nothing would have changed.
        applicant["education"] = "05" if applicant["education"] != "05" else "08"
    return {**form, "applicant": applicant}

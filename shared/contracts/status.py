"""``application.status.v1``: one line for each thing that a stage decided; it holds no personal data."""

from typing import Literal

from shared.contracts.base import Event, Moment

Stage = Literal["intake", "scoring", "dedup", "enrolment", "payments"]
About = Literal["application", "submission"]


class Reason(Event, frozen=True, kw_only=True):
    """Why, in both languages. ``field`` is the path in the common form that it is about."""

    code: str
    text_en: str
    text_bn: str
    field: str | None = None


class StatusLine(Event, frozen=True, kw_only=True):
    """What one stage says of an application, or (``about: submission``) of one submitted record.

    A line about a submission carries the id of the submitted record's event in ``submission`` and no ``n``; it never
    changes the application's state. A line about an application carries that id where ``source_ref`` had to be masked.
    ``subject`` is the payment_id in lines of payments. ``next`` says who acts.
    """

    application_id: str
    source: str
    source_ref: str
    revision: int
    stage: Stage
    subject: str | None = None
    n: int | None = None
    state: str
    reasons: tuple[Reason, ...]
    next: Literal["nobody", "pipeline", "applicant", "source", "reviewer", "committee", "provider", "operator"]
    at: Moment
    about: About
    submission: str | None = None

"""Is there anything to answer? A form that can be identified is examined; any other is unreadable.

Only what leaves nobody to answer, or nothing to number the answer by, is unreadable; all else is a fault of a form
that can be answered with a rejection.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from shared.contracts.form import FORM_VERSION
from shared.errors import DsrError
from shared.reference.source_ref import REFERENCE_MAX, is_personal
from shared.reference.text import ascii_digits, has_forbidden, tidy
from shared.stage.digests import digest_of_content

REVISION_MAX: Final = 1_000_000


class UnreadableForm(DsrError):
    """Nothing can be made of it: a dead letter.

    ``reason`` is a code without content: ``not_json``, ``not_an_object``, ``nested_too_deep``, ``source_ref_missing``,
    ``source_ref_unusable``, ``revision_unusable`` or ``form_version_unknown``. ``answer_to`` is set where the source's
    reference could be told, so that the source can be answered; its revision is 0 where that is what is wrong.
    """

    def __init__(self, reason: str, answer_to: "Submission | None" = None) -> None:
        self.reason, self.answer_to = reason, answer_to
        super().__init__(f"The form cannot be read: {reason}.")


class Submission(NamedTuple):
    """A form that can be answered. ``form`` is as it came; ``is_personal`` says that of ``source_ref``."""

    source_ref: str
    revision: int
    form: Mapping[str, Any]
    is_personal: bool


def open_submission(value: bytes) -> Submission:
    """Parse the value of a record; raises ``UnreadableForm``."""
    try:
        form = orjson.loads(value)
    except orjson.JSONDecodeError:
        raise UnreadableForm("not_json") from None
    return identify(form)


def identify(form: object) -> Submission:
    """Reference and revision of a parsed form; raises ``UnreadableForm``."""
    if not isinstance(form, dict):
        raise UnreadableForm("not_an_object")
    source_ref = usable_reference(form.get("source_ref"))
    personal = is_personal(source_ref, form.get("applicant"))
    revision = form.get("revision", 1)
    if not isinstance(revision, int) or isinstance(revision, bool) or not 1 <= revision <= REVISION_MAX:
        raise UnreadableForm("revision_unusable", Submission(source_ref, 0, form, personal))
    version = form.get("form_version")
    if version is not None and not _is_known(version):
        raise UnreadableForm("form_version_unknown", Submission(source_ref, revision, form, personal))
    return Submission(source_ref, revision, form, personal)


def digest_of_form(form: Mapping[str, Any]) -> str:
    """The same for equal forms, whatever the order of their fields; raises ``UnreadableForm``.

    What was parsed can nearly always be written; only nesting may be deeper than that.
    """
    try:
        return digest_of_content(orjson.dumps(form, option=orjson.OPT_SORT_KEYS))
    except TypeError:
        raise UnreadableForm("nested_too_deep") from None


def usable_reference(reference: object) -> str:
    """A source's reference as the registry keeps it, tidied; raises ``UnreadableForm``."""
    if reference is None:
        raise UnreadableForm("source_ref_missing")
    if not isinstance(reference, str) or has_forbidden(reference):
        raise UnreadableForm("source_ref_unusable")
    tidied = tidy(reference)
    if not tidied:
        raise UnreadableForm("source_ref_missing")
    if len(tidied) > REFERENCE_MAX:
        raise UnreadableForm("source_ref_unusable")
    return tidied


def _is_known(version: object) -> bool:
    return isinstance(version, str) and ascii_digits(tidy(version)).partition(".")[0] == FORM_VERSION

"""What intake answers about a single submission, in both languages: why it changed nothing, or could not be read.

``unreadable`` codes are those of ``shared.envelope.BadEnvelope`` and ``services.intake.submission.UnreadableForm``.
"""

from typing import Final

from shared.contracts.status import Reason
from shared.reference.ccds import Label

RECOGNISED: Final = Reason(
    code="recognised",
    text_en="This revision was received before with the same content; nothing was changed.",
    text_bn="এই সংস্করণটি একই তথ্যসহ আগেই পাওয়া গেছে; কিছুই পরিবর্তন করা হয়নি।",
)
CONFLICTING: Final = Reason(
    code="conflicting_revision",
    text_en="This revision was received before with other content, and the first one stands. "
    "Send a change under a higher revision number.",
    text_bn="এই সংস্করণ নম্বরে আগে ভিন্ন তথ্য পাওয়া গেছে এবং সেটিই বহাল আছে। পরিবর্তন পাঠাতে উচ্চতর সংস্করণ নম্বর ব্যবহার করুন।",
    field="revision",
)
LATE: Final = Reason(
    code="late_revision",
    text_en="A higher revision of this application is known already, so this one was not looked at.",
    text_bn="এই আবেদনের উচ্চতর সংস্করণ আগেই পাওয়া গেছে, তাই এটি বিবেচনা করা হয়নি।",
    field="revision",
)

_OTHER: Final = Label(
    "The message's headers are not those of an application event (CloudEvents 1.0, application.submitted.v1).",
    "বার্তার হেডারগুলো আবেদন ইভেন্টের (CloudEvents 1.0, application.submitted.v1) হেডার নয়।",
)
_UNREADABLE: Final[dict[str, Label]] = {
    "revision_unusable": Label(
        "The revision must be a whole number from 1 to 1,000,000.",
        "সংস্করণ নম্বর ১ থেকে ১০,০০,০০০ পর্যন্ত পূর্ণ সংখ্যা হতে হবে।",
    ),
    "form_version_unknown": Label(
        "This version of the form is not known here; send form_version 1.",
        "ফরমের এই সংস্করণ এখানে পরিচিত নয়; form_version 1 পাঠান।",
    ),
    "nested_too_deep": Label(
        "The form is nested deeper than any form is; check what made it.",
        "ফরমটি অস্বাভাবিকভাবে বহু স্তরে সাজানো; যে ব্যবস্থা এটি তৈরি করেছে তা যাচাই করুন।",
    ),
    "major_version_unknown": Label(
        "This major version of the event is not known here; send application.submitted.v1.",
        "ইভেন্টের এই সংস্করণ এখানে পরিচিত নয়; application.submitted.v1 পাঠান।",
    ),
    "type_unknown": Label(
        "The header ce_type does not say application.submitted.v1.",
        "ce_type হেডারে application.submitted.v1 লেখা নেই।",
    ),
    "content_type_not_json": Label(
        "The header content-type does not say application/json.",
        "content-type হেডারে application/json লেখা নেই।",
    ),
    "structured_mode": Label(
        "Send the event in binary mode: attributes in headers, the form as the value.",
        "ইভেন্টটি বাইনারি মোডে পাঠান: বৈশিষ্ট্যগুলো হেডারে, ফরমটি মূল অংশে।",
    ),
}

_FIELDS: Final = {"revision_unusable": "revision", "form_version_unknown": "form_version"}


def unreadable(code: str) -> Reason:
    """Why a submission whose reference could be told is a dead letter."""
    text = _UNREADABLE.get(code, _OTHER)
    return Reason(code=code, text_en=text.en, text_bn=text.bn, field=_FIELDS.get(code))

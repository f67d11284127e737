"""What can be wrong with a form: a code, where, and the sentence that a clerk reads in either language."""

from typing import NamedTuple

from services.intake.fault_texts import TEXTS
from services.intake.field_labels import label_of
from shared.contracts.status import Reason


class Fault(NamedTuple):
    """One thing wrong: a code of ``fault_texts`` and the path in the common form that it is about."""

    code: str
    field: str | None


def reason_of(fault: Fault) -> Reason:
    """The fault as a status line tells it; the field is named in words inside both sentences."""
    text, label = TEXTS[fault.code], label_of(fault.field)
    return Reason(
        code=fault.code,
        text_en=_capitalised(text.en.replace("{field}", label.en)),
        text_bn=text.bn.replace("{field}", label.bn),
        field=fault.field,
    )


def _capitalised(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]

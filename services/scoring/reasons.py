"""Why an application is eligible, ineligible or insufficient: codes, and texts in English and Bangla.

A text states the rule and names the field; it holds nothing of the applicant, so it may stand in a status.
"""

from functools import lru_cache

from services.scoring.conditions import condition
from services.scoring.criteria import Finding, Verdict
from shared.contracts.status import Reason

CRITERIA_MET = Reason(
    code="criteria_met",
    text_en="All conditions of the programme are met.",
    text_bn="কর্মসূচির সব শর্ত পূরণ হয়েছে।",
)
PMT_ABOVE_CUT_OFF = Reason(
    code="pmt_above_cut_off",
    text_en="By the proxy means test the household is above the programme's poverty line.",
    text_bn="প্রক্সি মিনস টেস্ট অনুযায়ী পরিবারটি কর্মসূচির দারিদ্র্যসীমার উপরে।",
)
PROGRAMME_NOT_DECLARED = Reason(
    code="programme_not_declared",
    text_en="This programme is no longer declared in the policy.",
    text_bn="এই কর্মসূচি নীতিমালায় আর ঘোষিত নেই।",
    field="programme",
)


@lru_cache(maxsize=4096)
def reason_of(finding: Finding) -> Reason:
    """The reason for a criterion's verdict; code ``<criterion>_met``, ``_not_met`` or ``_unknown``."""
    asked = condition(finding.criterion)
    ending_en, ending_bn = {
        Verdict.MET: ("this is met.", "শর্তটি পূরণ হয়েছে।"),
        Verdict.NOT_MET: ("this is not met.", "শর্তটি পূরণ হয়নি।"),
        Verdict.UNKNOWN: (
            f"it cannot be told, because {finding.field} is missing.",
            f"{finding.field} না থাকায় শর্তটি যাচাই করা যায়নি।",
        ),
    }[finding.verdict]
    return Reason(
        code=f"{finding.criterion.kind}_{finding.verdict.value}",
        text_en=f"The programme asks for {asked.en}; {ending_en}",
        text_bn=f"কর্মসূচির শর্ত: {asked.bn}; {ending_bn}",
        field=finding.field,
    )


@lru_cache(maxsize=1024)
def pmt_answer_missing(field: str) -> Reason:
    """The PMT decides and cannot be run."""
    return Reason(
        code="pmt_answer_missing",
        text_en=f"The proxy means test decides in this programme and needs {field}, which is missing.",
        text_bn=f"এই কর্মসূচিতে প্রক্সি মিনস টেস্ট নির্ধারক; এর জন্য প্রয়োজনীয় {field} নেই।",
        field=field,
    )


@lru_cache(maxsize=1024)
def unscored(field: str) -> Reason:
    """The PMT assists and cannot be run: no refusal, but a place after all who have a score."""
    return Reason(
        code="unscored",
        text_en=f"Ranked after the scored applicants: the proxy means test needs {field}, which is missing.",
        text_bn=f"স্কোরপ্রাপ্ত আবেদনকারীদের পরে অবস্থান: প্রক্সি মিনস টেস্টের জন্য প্রয়োজনীয় {field} নেই।",
        field=field,
    )


@lru_cache(maxsize=64)
def rate_class_unknown(field: str) -> Reason:
    """Without the field nobody can tell how much is due."""
    return Reason(
        code="rate_class_unknown",
        text_en=f"How much is due depends on {field}, which is missing.",
        text_bn=f"ভাতার হার {field} এর উপর নির্ভরশীল, যা নেই।",
        field=field,
    )

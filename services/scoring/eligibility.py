"""Eligible or not: the programme's criteria and the proxy means test together (seed 003, design.md §9)."""

from typing import Literal, NamedTuple

from services.scoring.criteria import MET, NOT_MET, Applicant, Finding, judge
from services.scoring.model import InsufficientData, Score, score_household
from services.scoring.rate_class import DEFAULT, RateClassUnknown, rate_class_of
from services.scoring.reasons import (
    CRITERIA_MET,
    PMT_ABOVE_CUT_OFF,
    PROGRAMME_NOT_DECLARED,
    pmt_answer_missing,
    rate_class_unknown,
    reason_of,
    unscored,
)
from shared.contracts.chain import Rank, Validated
from shared.contracts.status import Reason
from shared.policy.dates import policy_date
from shared.policy.policy import Policy
from shared.policy.programmes import ProgrammePolicy

State = Literal["eligible", "ineligible", "insufficient_data"]
UNSCORED = Rank()


class Assessment(NamedTuple):
    """What scoring decides of one application. ``reasons`` say why; ``findings`` are criteria not met or not told.

    ``score`` is None where the programme uses no model or an answer is missing; then ``rank`` stands after all
    scored ones.
    """

    state: State
    reasons: tuple[Reason, ...]
    rank: Rank
    rate_class: str
    score: Score | None
    findings: tuple[Finding, ...]


def assess(event: Validated, policy: Policy) -> Assessment:
    """Judge one accepted application under this policy.

    Any criterion not met: ineligible. Otherwise any that cannot be told: insufficient data, naming each field.
    Where the PMT decides it counts as one more criterion; elsewhere it only ranks.
    """
    programme = policy.programmes.get(event.programme)
    if programme is None:
        return Assessment("ineligible", (PROGRAMME_NOT_DECLARED,), UNSCORED, DEFAULT, None, ())
    applicant = Applicant(event.person, event.declarations, programme.reference(policy_date(event.received_at)))
    findings: list[Finding] = []
    for criterion in programme.criteria:
        verdict, field = judge(criterion, applicant)
        if verdict is not MET:
            findings.append(Finding(criterion, verdict, field))
    model = policy.model_of(programme)
    scored = None if model is None else score_household(model, event.household, applicant.on)
    rate_class = rate_class_of(programme, applicant)

    against: list[Reason] = []
    untold: list[Reason] = []
    for finding in findings:
        (against if finding.verdict is NOT_MET else untold).append(reason_of(finding))
    assists: list[Reason] = []
    if isinstance(scored, InsufficientData):
        fields = dict.fromkeys(missing.field for missing in scored.missing)
        if programme.decides == "pmt":
            untold += map(pmt_answer_missing, fields)
        else:
            assists += map(unscored, fields)
    elif scored is not None and _is_above_line(scored, programme, policy):
        against.append(PMT_ABOVE_CUT_OFF)
    if isinstance(rate_class, RateClassUnknown):
        untold.append(rate_class_unknown(rate_class.field))
    score = scored if isinstance(scored, Score) else None
    state: State = "ineligible" if against else "insufficient_data" if untold else "eligible"
    return Assessment(
        state=state,
        reasons=tuple(against or untold or (CRITERIA_MET, *assists)),
        rank=UNSCORED if score is None else score.rank,
        rate_class=DEFAULT if isinstance(rate_class, RateClassUnknown) else rate_class,
        score=score,
        findings=tuple(findings),
    )


def _is_above_line(score: Score, programme: ProgrammePolicy, policy: Policy) -> bool:
    """Whether the PMT decides in this programme and says that the household is not poor."""
    if programme.decides != "pmt":
        return False
    model, cut_off = policy.model_of(programme), policy.cut_off_of(programme)
    return model is not None and cut_off is not None and not model.poor_at(score.value, cut_off)

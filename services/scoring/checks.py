"""What ``dsr check`` verifies of scoring: the invariants that every stage has, and I9."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from services.scoring.model import score_answers
from services.scoring.stage import Assessed
from shared.audit.audit import audit_stage
from shared.audit.tally import Tally
from shared.checks import Finding
from shared.policy import Policy
from shared.policy.models import PmtModel
from shared.settings import Settings
from shared.stage.commands import DONE, REFUSED
from shared.store.port import Store
from shared.store.tables import DECISIONS


async def check(settings: Settings) -> Sequence[Finding]:
    """I1, I2, I6, I7 and I9."""
    return await audit_stage(settings, "scoring", domain=[verify_scores])


async def verify_scores(store: Store, policy: Policy) -> Finding:
    """I9: each score is the sum of its contributions, and comes out again from the stored answers and its model.

    A score by a model that the policy no longer holds is only added up, and counted apart.
    """
    tally = Tally("I9", "scoring")
    models = {model.ref: model for model in policy.models.values()}
    unknown = 0
    async for row in store.scan(DECISIONS):
        if row.state in (DONE, REFUSED):
            continue
        decided = Assessed.read(row.body)
        if decided.rank.score is None:
            continue
        tally.seen += 1
        unknown += decided.rank.model not in models
        wrong = _wrong(decided, models)
        if wrong is not None:
            tally.fault(f"the score of {row.subject} revision {row.revision} {wrong}")
    apart = f", {unknown:,} of them by models of another policy and only added up" if unknown else ""
    return tally.finding(f"scores, each the sum of its contributions and computed again{apart}")


def _wrong(decided: Assessed, models: Mapping[str, PmtModel]) -> str | None:
    """What is wrong with a score; None if nothing is."""
    value = sum((Decimal(one.points) for one in decided.contributions), Decimal(decided.constant or "0"))
    if value != Decimal(decided.rank.score or "NaN"):
        return f"is not the sum of its contributions, {value:f}"
    model = models.get(decided.rank.model or "")
    if model is None:
        return None
    answers = {one.input: one.answer for one in decided.contributions}
    if not answers.keys() >= set(model.required_inputs):
        return "lacks an answer that its model asks for"
    again = score_answers(model, answers)
    if again.rank != decided.rank or again.points != decided.contributions:
        return f"comes out as {again.rank.score} from the stored answers"
    return None

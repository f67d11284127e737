"""Policy as data: what ministries decide, read from YAML, typed, checked, versioned and hashed (design.md §7)."""

from shared.policy.dates import completed_years, fiscal_year, fiscal_year_start, policy_date
from shared.policy.errors import FrequencyNotKnown, PolicyFault, PolicyInvalid, RateNotKnown
from shared.policy.load import load_policy
from shared.policy.models import PmtModel
from shared.policy.overlaps import OverlapGroup
from shared.policy.policy import Policy
from shared.policy.programmes import ProgrammePolicy, Quota
from shared.policy.providers import ProviderPolicy
from shared.policy.rates import Rate
from shared.policy.sources import GapOutcome, GapRule, SourcePolicy

__all__ = [
    "FrequencyNotKnown",
    "GapOutcome",
    "GapRule",
    "OverlapGroup",
    "PmtModel",
    "Policy",
    "PolicyFault",
    "PolicyInvalid",
    "ProgrammePolicy",
    "ProviderPolicy",
    "Quota",
    "Rate",
    "RateNotKnown",
    "SourcePolicy",
    "completed_years",
    "fiscal_year",
    "fiscal_year_start",
    "load_policy",
    "policy_date",
]

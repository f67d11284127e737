"""How reviewers of duplicates work with each other."""

from pydantic import Field

from shared.policy.base import Basis, Key, PolicyPart, Text

DUPLICATES = "duplicates"
"""The one desk of reviewers there is."""


class ReviewPolicy(PolicyPart):
    """A desk of reviewers.

    A case that a reviewer has taken is hers for ``claim_minutes``. With ``second_person`` what one reviewer has decided
    is taken back by another one only.
    """

    code: Key
    claim_minutes: int = Field(gt=0, le=24 * 60)
    second_person: bool
    basis: Basis
    source: Text

"""What every part of the policy has in common: frozen, strict, and no key that nobody reads."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
"""A code that becomes part of a topic name: lower-case letters, digits and hyphens."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
"""A code within the policy: lower-case letters, digits and underscores."""

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]

Basis = Literal["published", "carried_over", "assumed", "not_public"]
"""How a figure is known.

``published`` it stands in the source named beside it; ``carried_over`` the last published one goes on because that
year's is not public; ``assumed`` the choice of this deployment; ``not_public`` nobody could find it.
"""


class PolicyPart(BaseModel):
    """A part of the policy. Unknown keys are mistakes: a misspelt rule must not be silently without effect."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def canonical(self) -> dict[str, Any]:
        """The content as plain JSON data, defaults left out, for hashing."""
        return self.model_dump(mode="json", exclude_defaults=True)

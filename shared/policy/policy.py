"""The whole policy of a deployment."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from shared.policy.models import PmtModel
from shared.policy.overlaps import OverlapGroup
from shared.policy.programmes import ProgrammePolicy
from shared.policy.providers import ProviderPolicy
from shared.policy.reviews import ReviewPolicy
from shared.policy.sources import SourcePolicy


@dataclass(frozen=True, slots=True)
class Policy:
    """What ministries decide, as data. ``hash`` is over the content and stands on every decision.

    ``versions`` holds the version that each file states. References between the parts are checked: what one names,
    another has.
    """

    sources: Mapping[str, SourcePolicy]
    programmes: Mapping[str, ProgrammePolicy]
    models: Mapping[str, PmtModel]
    overlaps: Mapping[str, OverlapGroup]
    providers: Mapping[str, ProviderPolicy]
    reviews: Mapping[str, ReviewPolicy]
    versions: Mapping[str, str]
    hash: str

    def model_of(self, programme: ProgrammePolicy) -> PmtModel | None:
        """The PMT model that a programme uses, if any."""
        return None if programme.model is None else self.models[programme.model]

    def cut_off_of(self, programme: ProgrammePolicy) -> Decimal | None:
        """The programme's own cut-off, otherwise its model's."""
        if programme.cut_off is not None:
            return programme.cut_off
        model = self.model_of(programme)
        return None if model is None else model.cut_off

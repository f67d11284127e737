"""How much a payment is: the programme's rate class for one cycle, in integer poisha (domain.md §4)."""

from datetime import date

from shared.policy.errors import FrequencyNotKnown, RateNotKnown
from shared.policy.policy import Policy


class Amounts:
    """Amounts by (programme, rate class, first day of the cycle); each is worked out once."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._known: dict[tuple[str, str, date], int | None] = {}

    def of(self, programme: str, rate_class: str, starts_on: date) -> int | None:
        """Poisha for the cycle that starts on this Dhaka date; None where the policy knows no rate for it."""
        key = (programme, rate_class, starts_on)
        if key not in self._known:
            self._known[key] = self._work_out(programme, rate_class, starts_on)
        return self._known[key]

    def _work_out(self, programme: str, rate_class: str, starts_on: date) -> int | None:
        declared = self._policy.programmes.get(programme)
        if declared is None:
            return None
        try:
            return declared.cycle_poisha(rate_class, starts_on)
        except (RateNotKnown, FrequencyNotKnown):
            return None

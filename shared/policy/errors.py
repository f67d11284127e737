"""What can be wrong with a policy, and questions that it cannot answer."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from shared.errors import DsrError


class PolicyFault(NamedTuple):
    """One mistake. ``line`` counts from 1; 0 is the file as a whole."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class PolicyInvalid(DsrError):
    """The policy cannot be used; ``faults`` holds every mistake that was found, in the order of the files."""

    exit_code = 2

    def __init__(self, faults: Sequence[PolicyFault]) -> None:
        self.faults = tuple(sorted(faults))
        count = f"{len(self.faults)} mistakes" if len(self.faults) > 1 else "a mistake"
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(f"The policy has {count}; correct it and start again:\n{lines}")


class RateNotKnown(DsrError):
    """No rate stands in the policy for this programme, rate class and date."""

    def __init__(self, programme: str, rate_class: str, on: date) -> None:
        self.programme, self.rate_class, self.on = programme, rate_class, on
        super().__init__(
            f"programmes.yaml has no rate of {programme} for the class {rate_class} on {on}: add one from that date."
        )


class FrequencyNotKnown(DsrError):
    """The policy does not say how often this programme pays on this date."""

    def __init__(self, programme: str, on: date) -> None:
        self.programme, self.on = programme, on
        super().__init__(f"programmes.yaml does not say how often {programme} pays on {on}: add a frequency.")

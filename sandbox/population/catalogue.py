"""Who may send what: the part of policy that a ministry's system knows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sandbox.population.draws import Weighted
from sandbox.population.needs import NEEDS, Need
from shared.errors import DsrError
from shared.policy import Policy

_SOURCE_WEIGHTS: Mapping[str, float] = {"msw": 0.26, "lgd": 0.13, "mowca": 0.11, "hsd": 0.10}
_OTHER_SOURCE_WEIGHT = 0.07
_PROGRAMME_WEIGHTS: Mapping[str, float] = {"old_age": 1.3, "widow": 1.1}

Sending = tuple[str, str]
"""A source and a programme that it sends."""


class NobodyToSend(DsrError):
    """No declared source may send a programme for which this sandbox has people."""

    def __init__(self, missing: str) -> None:
        self.missing = missing
        super().__init__(
            f"The sandbox has nobody to send: {missing}. Declare a source with an open programme among "
            f"{', '.join(sorted(NEEDS))} in the policy's sources.yaml."
        )


@dataclass(frozen=True)
class Source:
    """A source as the sandbox sees it. ``gaps``: CCDS fields that its system does not fill, as policy knows."""

    code: str
    programmes: tuple[str, ...]
    not_allowed: tuple[str, ...]
    gaps: frozenset[str]


class Catalogue:
    """Sources and their open programmes, with the shares in which applications come."""

    def __init__(self, sources: Collection[Source]) -> None:
        """Raises ``NobodyToSend`` where no source has a programme of ``needs.py``."""
        self.sources = {source.code: source for source in sources}
        self._sendings: list[tuple[Sending, float]] = []
        for source in sources:
            weights = {p: _PROGRAMME_WEIGHTS.get(p, 1.0) for p in source.programmes if p in NEEDS}
            share = _SOURCE_WEIGHTS.get(source.code, _OTHER_SOURCE_WEIGHT)
            for programme, weight in weights.items():
                self._sendings.append(((source.code, programme), share * weight / sum(weights.values())))
        if not self._sendings:
            raise NobodyToSend("no source may send a programme that is open")
        self.all = Weighted(self._sendings)
        self.open_programmes = tuple(sorted({programme for (_, programme), _ in self._sendings}))
        self._senders = {
            programme: Weighted([pair for pair in self._sendings if pair[0][1] == programme])
            for programme in self.open_programmes
        }
        self._also = {
            programme: tuple(
                (other, both)
                for other in self.open_programmes
                if other != programme and (both := NEEDS[programme].with_also(NEEDS[other])) is not None
            )
            for programme in self.open_programmes
        }

    @classmethod
    def of(cls, policy: Policy) -> "Catalogue":
        """What policy says: a source sends the open ones of its programmes."""
        is_open = {code for code, programme in policy.programmes.items() if programme.open_to_applications}
        return cls(
            [
                Source(
                    source.code,
                    tuple(p for p in source.programmes if p in is_open),
                    tuple(sorted(p for p in policy.programmes if p not in source.programmes or p not in is_open)),
                    frozenset(source.gaps),
                )
                for source in policy.sources.values()
            ]
        )

    def among(self, programmes: Collection[str]) -> Weighted[Sending] | None:
        """The sendings of these programmes only; None where nobody sends one."""
        some = [(sending, weight) for sending, weight in self._sendings if sending[1] in programmes]
        return Weighted(some) if some else None

    def senders(self, programme: str) -> Weighted[Sending]:
        """The sendings of one open programme."""
        return self._senders[programme]

    def also(self, programme: str) -> tuple[tuple[str, Need], ...]:
        """Other programmes for which somebody of this one may be meant too, with the need of both."""
        return self._also[programme]

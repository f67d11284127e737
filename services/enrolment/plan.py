"""What a cell's next row should say: who takes a place, who is offered one, who waits. Pure; changes nothing."""

from collections.abc import Sequence

from services.enrolment import places
from services.enrolment.places import GONE, HELD, OCCUPY, OFFERED, OVERLAP, WAITING, Cell, Status, Step, Version
from services.enrolment.ranking import RankKey, rank_key
from shared.stage.records import Origin


class Plan:
    """Collects the steps of one row, and knows what the cell would be after those it has."""

    def __init__(self, cell: Cell, quota: int, *, rounds: bool) -> None:
        """``quota`` is what policy gives the cell now; ``rounds`` says that a committee gives the places."""
        self.cell, self._rounds = cell, rounds
        self.free = quota - cell.held - cell.offered
        self._quota = quota
        self._steps: list[Step] = []
        self._now: dict[str, Status] = {}
        self._joined: dict[str, tuple[RankKey, Origin]] = {}

    def status(self, application_id: str) -> Status | None:
        """What the application is after the steps so far."""
        return self._now.get(application_id) or self.cell.status(application_id)

    def arrive(self, version: Version, by: Origin) -> None:
        """An application passed: a holder keeps its place, one that is offered a place keeps the offer."""
        member = self.cell.members.get(version.application_id)
        rank = rank_key(version.order, version.received_us, version.application_id)
        if member is not None:
            if member.version >= (version.revision, version.n):
                return
            if member.status in OCCUPY or (member.status is WAITING and member.rank == rank):
                self._steps.append(places.keep(version))
                return
        self._steps.append(places.join(version, by))
        self._set(version.application_id, WAITING)
        self._joined[version.application_id] = rank, by

    def withdraw(self, version: Version, by: Origin) -> None:
        """Upstream took it back: who waits goes; who holds a place keeps it until a person has looked."""
        member = self.cell.members.get(version.application_id)
        if member is not None and member.version >= (version.revision, version.n):
            return
        if member is not None and member.status is HELD:
            self._steps.append(places.keep(version))
        else:
            self.go(version, by)

    def go(self, version: Version, by: Origin) -> None:
        """The application leaves this cell, with its place."""
        member = self.cell.members.get(version.application_id)
        if member is not None and member.version >= (version.revision, version.n) and member.status is GONE:
            return
        self._steps.append(places.leave(version, by))
        self._set(version.application_id, GONE)

    def move(self, application_id: str, status: Status, by: Origin, why: str | None = None) -> None:
        """A member changes its status."""
        self._steps.append(places.move(application_id, status, by, why))
        self._set(application_id, status)

    def give_to_arrivals(self) -> None:
        """Rolling: those of this row who stand first in rank take what is free; earlier ones are not passed over."""
        if self.free <= 0 or not self._joined:
            return
        queue = {
            member.rank
            for name, member in self.cell.waiting.items()
            if name not in self._joined and self.status(name) is WAITING
        }
        queue |= {rank for rank, _ in self._joined.values()}
        for rank in sorted(queue)[: self.free]:
            name = rank[-1]
            if name in self._joined:
                self.move(name, HELD, self._joined[name][1])

    def give_to_waiting(self, by: Origin, at_most: int, *, retry_overlaps: bool = False) -> None:
        """Rolling: the first in rank take what is free; if asked, those as well whom an overlap has kept out."""
        members = self.cell.members.values() if retry_overlaps else self.cell.waiting.values()
        queue = sorted(
            member.rank
            for member in members
            if member.status is WAITING or (member.status is OVERLAP and member.by != by)
        )
        for rank in queue[: max(0, min(self.free, at_most))]:
            self.move(rank[-1], HELD, by)

    def offer_free(self) -> None:
        """Rounds: offer what is free to the next in rank, as after policy has given the cell more places."""
        if self.free > 0:
            self._offer_to(self.cell.ranked)

    def close(self, round_id: str) -> None:
        """Rank all who wait, poorest first. Earlier offers lapse, overlaps are tried again."""
        again = (WAITING, OFFERED, OVERLAP)
        ranked = sorted(
            (name for name in self.cell.members if self.status(name) in again),
            key=lambda name: self.cell.members[name].rank,
        )
        self._steps.append(places.close(round_id, ranked))
        for name in ranked:
            self._set(name, WAITING)
        self._offer_to(ranked)

    def override(self, application_id: str, by: Origin, why: str) -> bool:
        """Give a place out of order: a free one, or that of the last in rank who is offered one and not confirmed."""
        if self.free <= 0:
            offered = [name for name in reversed(self.cell.ranked) if self.status(name) is OFFERED]
            if not offered:
                return False
            self._steps.append(places.lapse(offered[0]))
            self._set(offered[0], WAITING)
        self.move(application_id, HELD, by, why)
        return True

    def steps(self) -> list[Step]:
        """The whole row; empty if there is nothing to say."""
        if not self._steps:
            return []
        if self._rounds:
            self.offer_free()
        return [*([places.quota(self._quota)] if self._quota != self.cell.quota else ()), *self._steps]

    def _offer_to(self, ranked: Sequence[str]) -> None:
        """Pass free places on to the next in rank, of those whom the last closed round has ranked."""
        for name in ranked:
            if self.free <= 0:
                return
            member = self.cell.members[name]
            is_ranked = ranked is not self.cell.ranked or member.round_id == self.cell.round_id
            if is_ranked and self.status(name) is WAITING and name not in self._joined:
                self._steps.append(places.offer(name))
                self._set(name, OFFERED)

    def _set(self, application_id: str, status: Status) -> None:
        self.free += (self.status(application_id) in OCCUPY) - (status in OCCUPY)
        self._now[application_id] = status

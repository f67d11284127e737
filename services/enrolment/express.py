"""From what an application is in its cell's log to a decision that says so: claims, entitlement, numbers.

The log is the truth; a decision puts it into words. Whoever changes an application's standing (its own event, a
committee's word, a command) puts it into words for the application's version, unless that has been done. So when two
inputs meet on one application it does not matter whose process is faster, and none of them is told twice.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import msgspec
from msgspec.structs import replace

from services.enrolment.cells import CellId, cell_of
from services.enrolment.decided import Decided, decided
from services.enrolment.entitlements import Active, change_of, entitlement_id, starts_on
from services.enrolment.logbook import Logbook
from services.enrolment.overlaps import claims_of
from services.enrolment.places import GONE, HELD, OFFERED, OVERLAP, WAITING, Cell, Status, Step
from services.enrolment.plan import Plan
from services.enrolment.tables import ENTITLEMENTS, PARTS, EntitlementRow
from shared.contracts.chain import Cleared
from shared.policy.policy import Policy
from shared.stage.numbering import caused_by, latest, next_number
from shared.stage.records import Origin
from shared.stage.stage import Draft
from shared.store.claims import Claims, Wanted
from shared.store.port import Key, Store
from shared.store.tables import Decision

STATES: Mapping[Status, str] = {
    WAITING: "waiting",
    OFFERED: "waiting",
    HELD: "enrolled",
    Status.REJECTED: "not_selected",
    OVERLAP: "overlap",
    GONE: "ended",
}
_REASONS: Mapping[Status, tuple[str, ...]] = {
    Status.REJECTED: ("not_selected",),
    OVERLAP: ("overlap",),
}


class Case(msgspec.Struct, frozen=True, gc=False):
    """An application whose standing the record at ``origin`` has changed.

    ``parts`` is its cleared event of the version that the standing is for; ``rows`` are its decisions so far.
    """

    parts: Cleared
    cell: CellId
    origin: Origin
    rows: Sequence[Decision]
    gone_because: str = "withdrawn"

    @property
    def application_id(self) -> str:
        """Its id."""
        return self.parts.application_id

    @property
    def version(self) -> tuple[int, int]:
        """The upstream (revision, n)."""
        return self.parts.revision, self.parts.n


class _Word(msgspec.Struct, frozen=True, gc=False):
    """A case with the state that its decision will say."""

    case: Case
    before: Decided | None
    state: str
    reasons: tuple[str, ...]
    active: Active
    claims: tuple[str, ...] = ()


class Express:
    """Makes drafts of decisions. The number of store calls does not grow with the number of cases."""

    def __init__(self, policy: Policy, store: Store, logbook: Logbook, now_us: Callable[[], int]) -> None:
        """``now_us`` is µs since 1970 UTC."""
        self._policy, self._store, self._logbook, self._now_us = policy, store, logbook, now_us
        self._claims = Claims(store)

    def plan(self, cell: Cell, cell_id: CellId) -> Plan:
        """A plan for the next row of a cell, under the policy of now."""
        programme = self._policy.programmes[cell_id.programme]
        return Plan(cell, programme.quota.places(cell_id.area), rounds=programme.selection == "round")

    async def drafts(self, cases: Sequence[Case], cells: dict[str, Cell]) -> list[Draft | None]:
        """A draft for each case, None where others have said it or something newer. ``cells`` are by log, as changed.

        Whoever loses a claim gives the place back here, so afterwards cells may have free places.
        """
        words: dict[str, _Word] = {}
        for case in cases:
            word = self._word(case, cells[case.cell.log])
            if word is not None:
                words[case.parts.application_id] = word
        words = await self._claim(words, cells)
        made_of = await self._payees(list(words.values()))
        granted = [name for name, word in words.items() if word.active != "no"]
        if granted:
            rows = [EntitlementRow(entitlement_id(each), each) for each in granted]
            await self._store.insert(ENTITLEMENTS, rows)
        today = starts_on(self._now_us())
        return [_draft(case, words.get(case.parts.application_id), made_of, today) for case in cases]

    def _word(self, case: Case, cell: Cell) -> _Word | None:
        """The state to say, from the log as it is now."""
        parts = case.parts
        member = cell.members.get(parts.application_id)
        if member is None or member.revision != parts.revision or member.n != parts.n:
            return None
        if case.rows and caused_by(case.rows, case.origin):
            return None
        last = latest(case.rows) if case.rows else None
        before = decided(last) if last is not None else None
        status = member.status
        state = STATES[status]
        reasons = _REASONS.get(status, ())
        if status is GONE:
            reasons = (case.gone_because,)
        if status in (WAITING, OFFERED):
            rounds = self._policy.programmes[case.cell.programme].selection == "round"
            reasons = ("waiting_for_round" if rounds else "waiting_for_place",)
        active: Active = "running" if status is HELD else "no"
        if status is HELD and parts.outcome == "withdrawn":
            state, reasons, active = "suspended", ("withdrawn_while_enrolled",), "suspended"
        if before is not None and last is not None:
            newer = any((said := decided(row)) is not None and said.version > case.version for row in case.rows)
            if newer or (before.version == case.version and last.state == state):
                return None
        return _Word(case, before, state, reasons, active)

    async def _claim(self, words: dict[str, _Word], cells: dict[str, Cell]) -> dict[str, _Word]:
        """Take the claims of those who hold a place.

        Who loses one gives the place back, or is suspended if it had the place before.
        """
        needed = {
            name: claims_of(
                self._policy.programmes[word.case.cell.programme],
                word.case.parts.person_id,
                word.case.parts.cluster,
            )
            for name, word in words.items()
            if word.active != "no"
        }
        wanted = [Wanted(claim, name, words[name].case.origin) for name, claims in needed.items() for claim in claims]
        if not wanted:
            return words
        first_words = all(words[name].before is None for name in needed)
        holders = await self._claims.take(wanted, likely_new=first_words)
        losers: dict[str, list[str]] = {}
        for name, claims in needed.items():
            word = words[name]
            held = tuple([claim for claim in claims if holders[claim].owner == name])
            if len(held) == len(claims):
                if held:
                    words[name] = replace(word, claims=held)
            elif word.before is not None and word.before.active != "no":
                reasons = ("overlap_found",) if word.state == "enrolled" else word.reasons
                words[name] = replace(word, state="suspended", reasons=reasons, active="suspended", claims=held)
            else:
                words[name] = replace(word, state="overlap", reasons=("overlap",), active="no")
                losers.setdefault(word.case.cell.log, []).append(name)
        if losers:
            cells |= await self._give_back(losers, words)
        return words

    async def _give_back(self, losers: Mapping[str, Sequence[str]], words: Mapping[str, _Word]) -> dict[str, Cell]:
        def propose(cells: Mapping[str, Cell]) -> dict[str, list[Step]]:
            rows: dict[str, list[Step]] = {}
            for log, names in losers.items():
                plan = self.plan(cells[log], words[names[0]].case.cell)
                for name in names:
                    if plan.status(name) is HELD:
                        plan.move(name, OVERLAP, words[name].case.origin)
                rows[log] = plan.steps()
            return rows

        first = next(iter(losers.values()))[0]
        return await self._logbook.change(losers, words[first].case.origin, propose)

    async def _payees(self, words: Sequence[_Word]) -> dict[Key, Cleared]:
        """The events that running entitlements were made of, where an amendment may have changed the payee."""
        keys: list[Key] = [
            (word.case.application_id, *word.before.made_of)
            for word in words
            if word.active == "running"
            and word.before is not None
            and word.before.made_of is not None
            and word.before.active == "running"
        ]
        if not keys:
            return {}
        return {key: Cleared.read(row.event) for key, row in (await self._store.get(PARTS, keys)).items()}


def _draft(case: Case, word: _Word | None, made_of: Mapping[Key, Cleared], starts: date) -> Draft | None:
    """``starts`` is the first day of an entitlement that begins now."""
    own = caused_by(case.rows, case.origin) if case.rows else ()
    if own:
        row = own[-1]
        return Draft(row.subject, row.revision, row.n, row.state, row.body, tuple(row.claims.split()))
    if word is None:
        return None
    before, parts = word.before, case.parts
    was: Active = before.active if before is not None else "no"
    earlier = made_of.get((parts.application_id, *(before.made_of or ()))) if before is not None else None
    change = change_of(was, word.active, same_payee=earlier is None or earlier.payee == parts.payee)
    version, since = None, None
    if change is not None:
        # What ends, or is withdrawn, is what there was: a withdrawal need not say it all again.
        ends = change == "ended" or (word.active == "suspended" and parts.outcome == "withdrawn")
        kept = before if before is not None and was != "no" else None
        version = kept.made_of if kept is not None and ends else case.version
        since = (kept.starts if kept is not None else None) or starts
    body = Decided(
        version=case.version,
        cell=case.cell,
        source=parts.source,
        source_ref=parts.source_ref,
        reasons=word.reasons,
        active=word.active,
        change=change,
        made_of=version,
        starts=since,
    )
    n = next_number(case.rows, parts.revision, case.origin)
    return Draft(parts.application_id, parts.revision, n, word.state, body.write(), word.claims)


def home(parts: Cleared, policy: Policy) -> CellId:
    """The cell that a cleared event belongs to."""
    return cell_of(policy.programmes[parts.programme], parts.permanent_address)

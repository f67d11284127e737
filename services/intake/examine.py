"""Examine one form: everything wrong with it at once, or the checked parts that scoring gets.

Reading is apart from judging. What a form says is read without policy; what policy adds (gaps, derived values, the
format of an account) is a handful of ``Grounds`` kept with the decision. So the parts can be made again from the form
and the stored grounds, byte for byte, after policy has changed (design.md §4, step 4).
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

import msgspec

from services.intake.declarations import check_consent, read_declarations
from services.intake.faults import Fault
from services.intake.gaps import judge_gaps
from services.intake.household import read_household
from services.intake.payee import KINDS, is_given, read_payee
from services.intake.person import read_applicant
from services.intake.section import Section
from services.intake.submission import Submission
from shared.contracts.base import Event
from shared.contracts.household import Declarations, Household
from shared.contracts.person import Payee, Person
from shared.errors import DsrError
from shared.policy.policy import Policy
from shared.policy.programmes import ProgrammePolicy
from shared.policy.sources import SourcePolicy
from shared.reference.identifiers import AccountFormat, AccountKind


class Grounds(Event, frozen=True, kw_only=True):
    """What policy contributed to an acceptance: enough, with the form, to make the accepted parts again.

    ``gaps`` are mandatory CCDS fields let pass empty, ``derived`` those that policy filled in, ``accounts`` has the
    account kind of the payee's provider.
    """

    programme: str
    gaps: tuple[str, ...] = ()
    derived: Mapping[str, str] = msgspec.field(default_factory=dict)
    accounts: Mapping[str, AccountKind] = msgspec.field(default_factory=dict)


class Parts(msgspec.Struct, frozen=True, gc=False):
    """The checked parts of a form, as ``application.validated.v1`` carries them."""

    programme: str
    person: Person
    household: Household
    declarations: Declarations
    payee: Payee | None


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """Nothing is wrong. ``filled`` are the CCDS fields that the source itself filled."""

    parts: Parts
    grounds: Grounds
    filled: frozenset[str]


class Faulty(NamedTuple):
    """Everything that is wrong, each once. ``programme`` is the one asked for, if policy knows it."""

    faults: tuple[Fault, ...]
    programme: str | None
    filled: frozenset[str]


class NeverAccepted(DsrError):
    """Parts are asked for again of a form that cannot have led to the acceptance at hand: a defect."""

    def __init__(self) -> None:
        super().__init__("A form without a permanent address was never accepted; the stored decision is not its own.")


class Examiner:
    """Examines forms under one policy."""

    def __init__(self, policy: Policy) -> None:
        self._programmes = policy.programmes
        self._formats = {provider.code: provider.account_format for provider in policy.providers.values()}

    def examine(self, submission: Submission, source: SourcePolicy, today: date) -> Accepted | Faulty:
        """Examine a form of this source, received on this Dhaka date."""
        content = submission.form
        faults: list[Fault] = []
        form = Section(content, faults)
        if submission.is_personal:
            form.fault("source_ref", "personal_source_ref")
        programme = self._judge_programme(form, source)
        kinds = KINDS if programme is None else programme.payees
        reading = _read(form, content, today, _Allowed(self._formats, kinds, self._programmes))
        filled = reading.filled
        check_consent(form, today)
        gaps = judge_gaps(content, filled, source, programme, today)
        faults += gaps.faults
        _check_derived(form, gaps.derived, reading.household)
        person = reading.person
        if faults or person is None or programme is None:
            code = None if programme is None else programme.code
            return Faulty(tuple(dict.fromkeys(faults)), code, filled)
        accounts: dict[str, AccountKind] = {}
        if reading.payee is not None:
            accounts[reading.payee.provider] = self._formats[reading.payee.provider].kind
        grounds = Grounds(programme=programme.code, gaps=gaps.accepted, derived=gaps.derived, accounts=accounts)
        return Accepted(_parts(reading, person, grounds), grounds, filled)

    def _judge_programme(self, form: Section, source: SourcePolicy) -> ProgrammePolicy | None:
        code = form.choice("programme", self._programmes, "programme_unknown")
        if code is None:
            form.need("programme")
            return None
        programme = self._programmes[code]
        if not programme.open_to_applications:
            form.fault("programme", "programme_closed")
        if code not in source.programmes:
            form.fault("programme", "programme_not_of_source")
        return programme


def parts_again(submission: Submission, grounds: Grounds, today: date) -> Parts:
    """The parts of a form that was accepted on these grounds; the same as they were then, whatever policy says now.

    ``today`` is the Dhaka date of receipt, as it was. Raises ``NeverAccepted``.
    """
    content = submission.form
    form = Section(content, [])
    formats = {provider: AccountFormat(kind) for provider, kind in grounds.accounts.items()}
    reading = _read(form, content, today, _Allowed(formats, KINDS, ()))
    if reading.person is None:
        raise NeverAccepted()
    return _parts(reading, reading.person, grounds)


class _Allowed(msgspec.Struct, frozen=True, gc=False):
    """What policy allows the form to name: providers, kinds of payee, programmes as benefits."""

    formats: Mapping[str, AccountFormat]
    kinds: Collection[str]
    programmes: Collection[str]


class _Reading(msgspec.Struct, frozen=True, gc=False):
    """What the form says, as far as it can be read; ``filled`` are the CCDS fields that are not empty."""

    person: Person | None
    household: Household
    declarations: Declarations
    payee: Payee | None
    filled: frozenset[str]


def _read(form: Section, content: Mapping[str, Any], today: date, allowed: _Allowed) -> _Reading:
    applicant = read_applicant(form, today)
    household = read_household(form, applicant, today)
    payee = None
    if is_given(content.get("payee")):
        payee = read_payee(form, applicant, allowed.formats, allowed.kinds, today)
    declarations = read_declarations(form, allowed.programmes)
    return _Reading(applicant.person, household, declarations, payee, applicant.filled)


def _parts(reading: _Reading, person: Person, grounds: Grounds) -> Parts:
    if grounds.derived:
        person = msgspec.convert(msgspec.to_builtins(person) | dict(grounds.derived), Person)
    return Parts(grounds.programme, person, reading.household, reading.declarations, reading.payee)


def _check_derived(form: Section, derived: Mapping[str, str], household: Household) -> None:
    """Policy fills in a gender only where the roster does not say another one of the applicant."""
    gender = derived.get("gender")
    if gender is None:
        return
    for index, member in enumerate(household.members):
        if member.relation == "self" and member.gender is not None and member.gender != gender:
            form.fault(f"household.members[{index}].gender", "self_member_differs")

"""The account to pay and whose it is (design.md §3, Person and payee; domain.md §5).

A form without a payee is in order: some people have no wallet yet, and payments wait for one.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final, Literal

from services.intake.in_order import OutOfOrder, day, number, optional_text, part
from services.intake.names import name_in_order, read_name
from services.intake.person import Applicant
from services.intake.section import Section
from shared.contracts.base import Event
from shared.contracts.person import Name, NationalId, Payee
from shared.reference import identifiers
from shared.reference.identifiers import AccountFormat
from shared.reference.text import is_blank

PayeeKind = Literal["self", "guardian", "nominee"]

KINDS: Final[dict[str, PayeeKind]] = {"self": "self", "guardian": "guardian", "nominee": "nominee"}
CLERK_MAX: Final = 64
_LEAVES: Final = ("kind", "provider", "account", "routing_number", "holder_national_id", "verified_on")


_UNNAMED: Final = Name()


class _Given(Event, frozen=True, kw_only=True):
    """The shape of a payee in order."""

    kind: PayeeKind
    provider: str
    account: str | None = None
    routing_number: str | None = None
    holder_name: Name = _UNNAMED
    holder_national_id: str | None = None
    verified_on: str | None = None
    entered_by: str | None = None


def is_given(payee: object) -> bool:
    """Whether the form names a payee at all: a part that is empty throughout names none."""
    if not isinstance(payee, dict):
        return payee is not None
    for leaf in _LEAVES:  # a loop, since the first leaf mostly tells and a generator costs more than that
        if not is_blank(payee.get(leaf)):
            return True
    holder = payee.get("holder_name")
    if not isinstance(holder, dict):
        return holder is not None
    return any(not is_blank(script) for script in holder.values())


def read_payee(
    form: Section,
    applicant: Applicant,
    formats: Mapping[str, AccountFormat],
    kinds: Collection[str],
    today: date,
) -> Payee | None:
    """The payee of the whole form; None where something is wrong, which is noted. Only for one that ``is_given``.

    ``formats`` are those of the providers that policy declares, ``kinds`` the payees that the programme allows.
    The applicant's own account needs no holder's name: it is the applicant's.
    """
    try:
        return _payee_in_order(form.content.get("payee"), applicant, formats, kinds, today)
    except OutOfOrder:
        return _read_leaf_by_leaf(form.section("payee"), applicant, formats, kinds, today)


def _payee_in_order(
    content: object,
    applicant: Applicant,
    formats: Mapping[str, AccountFormat],
    kinds: Collection[str],
    today: date,
) -> Payee:
    given = part(content, _Given)
    written = formats.get(given.provider)
    if given.kind not in kinds or written is None:
        raise OutOfOrder
    account = number(given.account, lambda text: identifiers.account(written, text))
    routing_number = number(given.routing_number, identifiers.routing_number)
    by_routing_number = written.kind == "bank_account"
    if account is None or (by_routing_number and routing_number is None):
        raise OutOfOrder
    holder_name = given.holder_name
    if holder_name != applicant.name:
        holder_name = name_in_order(holder_name)
    is_named = holder_name.bn is not None or holder_name.en is not None
    holder_national_id = number(given.holder_national_id, identifiers.national_id)
    same = _same_person(holder_national_id, applicant.national_id)
    if given.kind == "self":
        in_order = same is not False
    else:
        in_order = is_named and holder_national_id is not None and same is not True
    if not in_order:
        raise OutOfOrder
    return Payee(
        kind=given.kind,
        provider=given.provider,
        account=account,
        routing_number=routing_number if by_routing_number else None,
        holder_name=holder_name if is_named else applicant.name,
        holder_national_id=holder_national_id,
        verified_on=day(given.verified_on, today),
        entered_by=optional_text(given.entered_by, CLERK_MAX),
    )


def _read_leaf_by_leaf(
    form: Section,
    applicant: Applicant,
    formats: Mapping[str, AccountFormat],
    kinds: Collection[str],
    today: date,
) -> Payee | None:
    kind = KINDS.get(form.choice("kind", KINDS) or "")
    if kind is None:
        form.need("kind")
    elif kind not in kinds:
        form.fault("kind", "payee_kind_not_allowed")
    provider = form.choice("provider", formats, "provider_unknown")
    form.need("provider")
    form.need("account")
    account, routing_number = _read_account(form, None if provider is None else formats[provider])
    holder = form.section("holder_name")
    holder_name = read_name(holder)
    holder_national_id = form.read("holder_national_id", identifiers.national_id)
    verified_on = form.day("verified_on", today)
    if kind == "self":
        if holder.blank("bn") and holder.blank("en"):
            holder_name = applicant.name
        if _same_person(holder_national_id, applicant.national_id) is False:
            form.fault("holder_national_id", "payee_is_not_applicant")
    elif kind is not None:
        if holder.blank("bn") and holder.blank("en"):
            form.fault("holder_name", "missing")
        form.need("holder_national_id")
        if _same_person(holder_national_id, applicant.national_id) is True:
            form.fault("holder_national_id", "payee_is_applicant")
    if kind is None or provider is None or account is None:
        return None
    return Payee(
        kind=kind,
        provider=provider,
        account=account,
        routing_number=routing_number,
        holder_name=holder_name,
        holder_national_id=holder_national_id,
        verified_on=verified_on,
        entered_by=form.text("entered_by", CLERK_MAX),
    )


def _read_account(form: Section, written: AccountFormat | None) -> tuple[str | None, str | None]:
    """Account and routing number in the provider's format; only a bank account is known by a routing number."""
    routing_number = form.read("routing_number", identifiers.routing_number)
    if written is None:
        form.text("account")
        return None, None
    account = form.read("account", lambda text: identifiers.account(written, text))
    if written.kind != "bank_account":
        return account, None
    form.need("routing_number")
    return account, routing_number


def _same_person(one: NationalId | None, other: NationalId | None) -> bool | None:
    """Whether two national ids are of one person; None where their kinds cannot be compared."""
    if one is None or other is None:
        return None
    if one.n10 is not None and other.n10 is not None:
        return one.n10 == other.n10
    if one.n13 is not None and other.n13 is not None:
        return one.n13 == other.n13
    return None

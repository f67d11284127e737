"""A provider that brings money to people: mobile financial services, agent banking, banks (domain.md §5)."""

from datetime import date, timedelta
from functools import cached_property
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from shared.policy.base import Basis, Code, PolicyPart, Text
from shared.policy.dates import DHAKA_US
from shared.reference.identifiers import AccountFormat

_HOUR_US: Final = 3_600_000_000
_DAY_US: Final = 24 * _HOUR_US
_DAY_0: Final = date(1970, 1, 1).toordinal()
AccountKind = Literal["mobile", "mobile_and_check_digit", "bank_account"]


class ProviderPolicy(PolicyPart):
    """A declared provider. Amounts are poisha; ``report_within_hours`` is how long a silence is normal.

    ``account_kind``: ``mobile`` is the mobile number, ``mobile_and_check_digit`` that and one digit whose algorithm is
    not public, ``bank_account`` digits of the length given here together with a routing number.
    """

    code: Code
    name_en: Text
    name_bn: Text
    channel: Literal["mfs", "agent_bank", "bank"]
    account_kind: AccountKind
    account_digits_min: int | None = Field(default=None, ge=1)
    account_digits_max: int | None = Field(default=None, le=34)
    fee_per_1000_poisha: int = Field(ge=0, lt=100_000)
    """The cash-out fee for each 1,000 taka, paid by the Government."""
    fee_basis: Basis
    payment_poisha_min: int = Field(ge=1)
    payment_poisha_max: int = Field(ge=1)
    limits_basis: Basis
    report_within_hours: int = Field(ge=1, le=24 * 60)
    report_basis: Basis
    opens_hour: int = Field(default=0, ge=0, le=23)
    """The Dhaka hour from which instructions are taken."""
    cut_off_hour: int = Field(default=24, ge=1, le=24)
    """The Dhaka hour from which no more are taken that day."""
    closed_weekdays: tuple[int, ...] = ()
    """ISO weekdays (Monday is 1) on which none are taken."""
    closed_on: tuple[date, ...] = ()
    """Dhaka dates on which none are taken besides: public and bank holidays, as the Government gazettes each year's."""
    instructions_per_minute_max: int | None = Field(default=None, ge=1)
    """How many may leave within one minute of the clock; None: any number."""
    file_transfers_max: int | None = Field(default=None, ge=1)
    """For a bank that takes files: how many transfers one may hold."""
    hours_basis: Basis = "assumed"
    account_codes: tuple[str, ...] = ()
    """The provider's own codes that say that the account is no good, so that the ministry is asked for another one."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        lengths = (self.account_digits_min, self.account_digits_max)
        if (self.account_kind == "bank_account") != all(length is not None for length in lengths):
            raise ValueError("account_digits_min and account_digits_max belong to a bank_account, which needs both")
        if (self.account_digits_min or 0) > (self.account_digits_max or 0):
            raise ValueError("account_digits_min is above account_digits_max")
        if (self.file_transfers_max is None) != (self.channel == "mfs"):
            raise ValueError("file_transfers_max belongs to a bank or agent bank, which needs it")
        if self.opens_hour >= self.cut_off_hour:
            raise ValueError("cut_off_hour is not after opens_hour")
        if not set(self.closed_weekdays) < set(range(1, 8)):
            raise ValueError("closed_weekdays are ISO weekdays, 1 to 7, and not all of them")
        if len(set(self.closed_on)) < len(self.closed_on):
            raise ValueError("closed_on names a date twice")
        if self.payment_poisha_min > self.payment_poisha_max:
            raise ValueError("payment_poisha_min is above payment_poisha_max")
        return self

    @property
    def report_within(self) -> timedelta:
        """After this the outcome of an instruction counts as unknown and is asked for."""
        return timedelta(hours=self.report_within_hours)

    @property
    def takes_always(self) -> bool:
        """Whether it takes any number of instructions at any time."""
        hours = self.opens_hour or self.cut_off_hour < 24 or self.closed_weekdays or self.closed_on
        return not hours and self.instructions_per_minute_max is None

    def takes_from(self, at_us: int) -> int:
        """The first time, not before this one, at which an instruction is taken; µs since 1970 UTC."""
        day, within = divmod(at_us + DHAKA_US, _DAY_US)
        if within >= self.cut_off_hour * _HOUR_US:
            day, within = day + 1, 0
        while self._closed(day):
            day, within = day + 1, 0
        return day * _DAY_US + max(within, self.opens_hour * _HOUR_US) - DHAKA_US

    def _closed(self, day: int) -> bool:
        """Whether a day, since 1970 in Dhaka, is no working day; the first of them was a Thursday."""
        if (day + 3) % 7 + 1 in self.closed_weekdays:
            return True
        return bool(self.closed_on) and date.fromordinal(_DAY_0 + day) in self.closed_on

    def report_within_from(self, at_us: int) -> timedelta:
        """How long a silence is normal after an instruction at that time (µs since 1970 UTC).

        What is in a file may be told outside hours, and is taken up when they begin; and nobody reports outside hours,
        so what would be due then is due when they begin.
        """
        taken_us = self.takes_from(at_us)
        return timedelta(microseconds=taken_us - at_us) + self.silence_from(taken_us, self.report_within)

    def silence_from(self, at_us: int, wait: timedelta) -> timedelta:
        """How long it is from that time (µs since 1970 UTC) until ``wait`` is over and the provider is open."""
        return timedelta(microseconds=self.takes_from(at_us + wait // timedelta(microseconds=1)) - at_us)

    @cached_property
    def account_format(self) -> AccountFormat:
        """How its accounts are written."""
        return AccountFormat(self.account_kind, self.account_digits_min or 1, self.account_digits_max or 34)

    @property
    def needs_routing_number(self) -> bool:
        """A bank account is found by the routing number of its branch."""
        return self.account_kind == "bank_account"

    def fee_poisha(self, amount_poisha: int) -> int:
        """The cash-out fee of an amount, half a poisha rounded up."""
        return (amount_poisha * self.fee_per_1000_poisha * 2 + 100_000) // 200_000

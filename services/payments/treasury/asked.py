"""The commands of the treasury and their arguments."""

from datetime import date
from typing import Annotated

from pydantic import Field

from services.payments.asked import Asked, CycleName, OrderRef, Programme

Poisha = Annotated[int, Field(gt=0, lt=2**53, strict=True)]
BudgetCode = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,39}$")]
FiscalYear = Annotated[str, Field(pattern=r"^20[0-9]{2}-[0-9]{2}$")]


class Order(Asked):
    """``treasury.allocate`` and ``treasury.release``: an order of iBAS++, in poisha, entered once by its reference.

    ``budget_code`` and ``dated`` stand on the order. Where policy has a budget code for the programme, an order without
    it is refused; otherwise one that is typed in by hand may leave both out.
    """

    programme: Programme
    cycle: CycleName
    poisha: Poisha
    order_ref: OrderRef
    budget_code: BudgetCode | None = None
    dated: date | None = None


class Lapse(Asked):
    """``treasury.lapse``: what the fiscal year has left unspent is taken back; it ends on 30 June, Dhaka."""

    fiscal_year: FiscalYear


class LapseCycle(Asked):
    """``treasury.lapse-cycle``: the same for one cycle, when nothing of it is open any more.

    ``set_aside`` is what payments that are void have drawn from the release, in poisha.
    """

    programme: Programme
    cycle: CycleName
    after: str = ""
    set_aside: int = 0


class Recover(Asked):
    """``recovery.order``: an overpayment is held back from later payments of an entitlement, policy's share of each."""

    programme: Programme
    entitlement_id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    poisha: Poisha
    order_ref: OrderRef
    reason: Annotated[str, Field(min_length=3, max_length=500)]

"""The commands of payrolls and their arguments, as people give them, and those by which the service goes on."""

from typing import Annotated

from pydantic import Field

from services.payments.asked import Asked, CycleName, Programme

Number = Annotated[int, Field(ge=1, lt=10_000)]
Why = Annotated[str, Field(min_length=3, max_length=500)]


class FreezeCycle(Asked):
    """``cycle.freeze``: the entitled who are on no released list of the cycle become its next list."""

    programme: Programme
    cycle: CycleName


class ApproveList(Asked):
    """``cycle.approve``: ``manifest`` is how the hash of the signed manifest begins, so that nobody signs unseen."""

    programme: Programme
    cycle: CycleName
    number: Number
    manifest: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]


class SendBack(Asked):
    """``cycle.send-back``: the list is not signed; it can be frozen anew."""

    programme: Programme
    cycle: CycleName
    number: Number
    reason: Why


class ReleaseList(Asked):
    """``cycle.release``: an approved list leaves."""

    programme: Programme
    cycle: CycleName
    number: Number


class OfOneEntitlement(Asked):
    """``cycle.withhold`` and ``cycle.restore``: one entitlement's payment off the cycle's lists, or on them again."""

    programme: Programme
    cycle: CycleName
    entitlement_id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    reason: Why


class ListPiece(Asked):
    """``list.freeze`` and ``list.release``: piece number ``piece`` of a list, of the members beyond ``after``."""

    programme: Programme
    cycle: CycleName
    number: Number
    piece: Annotated[int, Field(ge=0)]
    after: str = ""

"""A reviewer's word: it states a fact about two applications, and the one that was held is decided anew by it."""

from services.dedup.concede import Known
from services.dedup.reasons import reason
from services.dedup.reopen import Facts, Request
from services.dedup.ruling import Hold, Standing
from shared.contracts.command import ReviewDecided
from shared.contracts.status import Reason
from shared.stage.stage import Input


def request_of(item: Input[ReviewDecided]) -> Request:
    """The request that a verdict makes.

    *distinct*: it is none of those that it was held for. *duplicate*: it is the same person as ``duplicate_of``, which
    must be accepted; in the same programme that makes it a duplicate, in another one the person is recognised. It is
    refused unless the application is held for a reviewer under the revision and number that the verdict names.
    """
    said = item.event

    def examine(me: Known, other: Known | None) -> Facts | Reason | None:
        ruling = me.ruling
        named = (me.row.revision, me.n) == (said.revision, said.n)
        if ruling is None or ruling.hold is not Hold.REVIEWER or not named:
            return reason("no_such_hold")
        if said.verdict == "distinct":
            distinct = frozenset(suspect.application_id for suspect in ruling.suspects)
            return Facts(distinct=distinct, by=said.by, note=said.reason)
        if said.duplicate_of is None:
            return reason("original_missing")
        itself = said.duplicate_of == said.application_id
        if other is None or itself or other.standing is not Standing.ACCEPTED:
            return reason("original_not_accepted")
        return Facts(same=frozenset({said.duplicate_of}), by=said.by, note=said.reason)

    return Request(item.record.origin, item.digest, said.command_id, said.application_id, examine, said.duplicate_of)

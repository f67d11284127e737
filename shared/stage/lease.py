"""May this instance still write? Checked before each step that others can see."""

from collections.abc import Callable

from shared.errors import DsrError


class LeaseLost(DsrError):
    """The partitions are being taken away, or the batch took too long: stop before the next write.

    Nothing is lost: what is stored stays, whoever has the partition now does the batch again to the same bytes.
    """

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(f"The batch was dropped before its next step: {cause}.")


class Lease:
    """Permission to write for one batch: ends when partitions are revoked or at ``deadline`` (monotonic seconds)."""

    __slots__ = ("_clock", "_deadline", "_revoked")

    def __init__(self, deadline: float, clock: Callable[[], float]) -> None:
        self._deadline, self._clock, self._revoked = deadline, clock, False

    def revoke(self) -> None:
        """Called by the rebalance listener *before* it waits for the batch to end."""
        self._revoked = True

    def check(self) -> None:
        """Raise ``LeaseLost`` if writing is no longer ours."""
        if self._revoked:
            raise LeaseLost("the group takes partitions away")
        if self._clock() > self._deadline:
            raise LeaseLost("it took longer than the group waits for a member")

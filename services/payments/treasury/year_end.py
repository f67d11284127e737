"""The timer of the fiscal year: when 30 June is over in Dhaka, it asks for the lapse of what the year left unspent."""

from collections.abc import Callable
from datetime import timedelta

from services.payments.onward import worded
from services.payments.treasury.desk import LAPSE
from shared.contracts.command import Command
from shared.envelope import Envelope, event_id, traceparent_of
from shared.policy.dates import fiscal_year, fiscal_year_start, policy_date
from shared.stage.messages import moment
from shared.stage.poller import Poller
from shared.stage.ports import Sink
from shared.stage.records import Origin, Outgoing
from shared.store.port import Store
from shared.store.tables import DECISIONS

NO_INPUT = Origin("", -1, -1)


class YearEnd(Poller):
    """A worker of the service. The command has one id for each year, so that asking again is harmless."""

    name = "payments-year-end"

    def __init__(self, store: Store, sink: Sink, *, now_us: Callable[[], int], period_s: float = 600.0) -> None:
        super().__init__(period_s)
        self._store, self._sink, self._now_us = store, sink, now_us

    async def look(self) -> int:
        """Ask for the lapse of the year before, unless that has been decided."""
        now_us = self._now_us()
        over = fiscal_year(fiscal_year_start(policy_date(moment(now_us))) - timedelta(days=1))
        command_id = event_id("payments", LAPSE, over, 0, 0)
        if await self._store.find(DECISIONS, "subject", [command_id]):
            return 0
        command = Command(
            command_id=command_id,
            name=LAPSE,
            about=over,
            by="timer",
            at=moment(now_us),
            arguments={"fiscal_year": over},
        )
        message = worded(command, now_us)
        envelope = Envelope(
            message.event_id,
            "/dsr/payments/year-end",
            message.type,
            message.subject,
            now_us,
            traceparent=traceparent_of(message.event_id),
        )
        await self._sink.send(
            [Outgoing(message.topic, message.key.encode(), message.value, envelope.to_headers(), NO_INPUT)]
        )
        return 1

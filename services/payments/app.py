"""Composition root of payments."""

from services.payments.commands import command_stage
from services.payments.http.banks import bank_report
from services.payments.http.lists import lists_router
from services.payments.http.payroll import SPECS as OF_PAYROLLS
from services.payments.http.payroll import payroll_router
from services.payments.http.routes import SPECS, payments_router
from services.payments.payroll.view import PayrollView
from services.payments.scheduler import Scheduler
from services.payments.sending.disburse import Disburser
from services.payments.stage import PaymentsStage
from services.payments.tables import TABLES
from services.payments.treasury.year_end import YearEnd
from services.payments.view import Bookkeeper, View
from shared.observability.metrics import Metrics
from shared.policy import load_policy
from shared.service.assembly import assemble, ground, now_us
from shared.service.host import Service
from shared.service.secrets import manifest_key
from shared.settings import Settings


async def build(settings: Settings, metrics: Metrics) -> Service:
    """Wire the service; raises what a wrong setting or policy raises."""
    policy = load_policy(settings.policy_dir)
    on = ground("payments", settings, metrics, policy)
    key = manifest_key(settings.manifest_key_file)
    disburser = Disburser(on.store, policy, now_us=now_us, factor=settings.report_wait_factor)
    view = View(on.store, policy, now_us=now_us, recent=disburser.recent)
    return assemble(
        on,
        PaymentsStage(on.store, policy, disburser, now_us=now_us),
        command_stage(on.store, policy, disburser, ledger=view.ledger, now_us=now_us, manifest_key=key),
        specs=(*SPECS, bank_report(policy), *OF_PAYROLLS),
        routers=[payments_router(view), lists_router(view), payroll_router(PayrollView(on.store, policy, now_us))],
        tables=TABLES,
        workers=[
            Scheduler(on.store, on.sink, now_us=now_us),
            YearEnd(on.store, on.sink, now_us=now_us),
            Bookkeeper(view),
        ],
        title="DSR payments",
    )

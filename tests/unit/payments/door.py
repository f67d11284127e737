"""The HTTP side of payments, made once: to make it takes longer than most tests that ask it something."""

from functools import cache, lru_cache
from uuid import uuid4

import httpx
from fastapi import FastAPI

from services.payments.http.banks import bank_report
from services.payments.http.lists import lists_router
from services.payments.http.payroll import SPECS as OF_PAYROLLS
from services.payments.http.routes import SPECS, payments_router
from services.payments.view import View
from shared.http.app import make_app
from shared.http.commands import command_router
from shared.http.keys import KeyRing, Principal, fingerprint
from shared.observability import metrics
from tests.unit.behind import Behind
from tests.unit.payments.world import World

KEYS = {
    "operator": ("operator",),
    "source": ("source:dss",),
    "tester": ("operator", "treasury", "approver", "approver:upazila-3026"),
}
"""Who may ask, by the key that they show, with their roles."""

BEHIND: Behind[World] = Behind()


@lru_cache(maxsize=1)
def _view(made: World) -> View:
    """One for all that a test asks of its world."""
    return View(made.store, made.policy, now_us=made.now_us)


@cache
def _app() -> FastAPI:
    view = BEHIND.part(_view)
    commands = command_router(
        "payments",
        (*SPECS, bank_report(BEHIND.part(lambda made: made.policy)), *OF_PAYROLLS),
        store=BEHIND.part(lambda made: made.store),
        sink=BEHIND.part(lambda made: made.sink),
        now_us=lambda: BEHIND.world.now_us(),
        new_id=uuid4,
    )
    return make_app(
        "payments",
        "t",
        [payments_router(view), lists_router(view), commands],
        keys=KeyRing([(fingerprint(key), Principal(key, frozenset(roles))) for key, roles in KEYS.items()]),
        metrics=metrics.for_process(),
        probes=[],
        max_bytes=99_999,
        new_id=uuid4,
    )


async def request(made: World, method: str, path: str, key: str, content: bytes = b"") -> httpx.Response:
    """Ask this world for something."""
    BEHIND.world = made
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_app()), base_url="http://t") as client:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        return await client.request(method, path, content=content, headers=headers)

"""The HTTP side of payments, made once: to make it takes longer than most tests that ask it something."""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, ClassVar, cast
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
from shared.stage.ports import Sink
from shared.store.port import Store
from tests.unit.payments.world import World

KEYS = {
    "operator": ("operator",),
    "source": ("source:dss",),
    "tester": ("operator", "treasury", "approver", "approver:upazila-3026"),
}
"""Who may ask, by the key that they show, with their roles."""


class Last:
    """Stands for a part of the world that was asked last."""

    world: ClassVar[World]

    def __init__(self, part: Callable[[World], Any]) -> None:
        self._part = part

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part(Last.world), name)


@lru_cache(maxsize=1)
def _view(made: World) -> View:
    """One for all that a test asks of its world."""
    return View(made.store, made.policy, now_us=made.now_us)


@cache
def _app() -> FastAPI:
    view: Any = Last(_view)
    policy: Any = Last(lambda world: world.policy)
    commands = command_router(
        "payments",
        (*SPECS, bank_report(policy), *OF_PAYROLLS),
        store=cast(Store, Last(lambda world: world.store)),
        sink=cast(Sink, Last(lambda world: world.sink)),
        now_us=lambda: Last.world.now_us(),
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
    Last.world = made
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_app()), base_url="http://t") as client:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        return await client.request(method, path, content=content, headers=headers)

"""The HTTP side of dedup, made once: to make it takes longer than most tests that ask it something."""

from functools import cache
from itertools import count
from uuid import UUID

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from services.dedup.http.explanation import explanation_router
from services.dedup.http.labels import labels_router
from services.dedup.http.pairs import pairs_router
from services.dedup.http.review_specs import Specs
from services.dedup.http.reviews import review_router
from shared.http.app import make_app
from shared.http.commands import command_router
from shared.http.keys import KeyRing, Principal, fingerprint
from shared.observability.metrics import Metrics
from tests.unit.behind import Behind
from tests.unit.dedup.world import ENGINE, Process

KEYS = KeyRing(
    [
        (fingerprint("reviewer-key"), Principal("salma", frozenset({"reviewer"}))),
        (fingerprint("operator-key"), Principal("rahim", frozenset({"operator"}))),
        (fingerprint("kurigram-key"), Principal("nadia", frozenset({"reviewer:5549"}))),
        (fingerprint("dhaka-key"), Principal("kamal", frozenset({"reviewer:30"}))),
        (fingerprint("ministry-key"), Principal("msw-mis", frozenset({"source:msw"}))),
    ]
)

BEHIND: Behind[Process] = Behind()


@cache
def _app() -> FastAPI:
    numbers = count(1)

    def new_id() -> UUID:
        return UUID(int=(7 << 120) + next(numbers))

    def now_us() -> int:
        return BEHIND.world.now_us()

    store = BEHIND.part(lambda process: process.store)
    register = BEHIND.part(lambda process: process.register)
    sink = BEHIND.part(lambda process: process.sink)
    specs = Specs(register)
    return make_app(
        "dedup",
        "Dedup",
        [
            command_router("dedup", specs.all, store=store, sink=sink, now_us=now_us, new_id=new_id),
            review_router(store, register, sink, specs, now_us=now_us, new_id=new_id),
            pairs_router(store, register, ENGINE, sink, specs, now_us=now_us, new_id=new_id),
            labels_router(store, register, ENGINE),
            explanation_router(register),
        ],
        keys=KEYS,
        metrics=Metrics(CollectorRegistry()),
        probes=[],
        max_bytes=10_000,
        new_id=new_id,
    )


def door(process: Process) -> FastAPI:
    """The HTTP side with this process behind it, until the next one is put there."""
    BEHIND.world = process
    return _app()


def client(app: FastAPI, key: str = "reviewer-key") -> httpx.AsyncClient:
    """Somebody who asks with a key of ``KEYS``."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://dsr", headers=headers)

"""A service's FastAPI application: the parts that are the same in all of them."""

from collections.abc import Callable, Sequence
from uuid import UUID

from fastapi import APIRouter, FastAPI

from shared.http import problems
from shared.http.edge import Edge
from shared.http.health import Probe, health_router
from shared.http.keys import KeyRing
from shared.observability.metrics import Metrics


def make_app(
    stage: str,
    title: str,
    routers: Sequence[APIRouter],
    *,
    keys: KeyRing,
    metrics: Metrics,
    probes: Sequence[Probe],
    max_bytes: int,
    new_id: Callable[[], UUID],
    before_scrape: Callable[[], None] = lambda: None,
) -> FastAPI:
    """The application with ``routers``, health and metrics; every error is a problem, every body is bounded.

    ``/openapi.json`` describes it; there is no page for it, as that would load scripts from elsewhere.
    ``max_bytes`` bounds a request's body; ``new_id`` gives random UUIDs, for requests that bring no trace.
    """
    # The routes themselves: to include a router is to make each of them again, and to look it up twice.
    routes = [route for router in (*routers, health_router(probes, metrics, before_scrape)) for route in router.routes]
    app = FastAPI(title=title, version="1", docs_url=None, redoc_url=None, routes=routes)
    app.state.keys = keys
    problems.install(app)
    app.add_middleware(Edge, stage=stage, metrics=metrics, max_bytes=max_bytes, new_id=new_id)
    return app

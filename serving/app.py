"""The FastAPI application: routes, problems, limits; what it holds is assembled in `serving.bootstrap`."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving import problems
from serving.bodies.responses import Problem
from serving.limits import BodyLimit
from serving.metrics import Metrics
from serving.pages import assets, happening, now, signing_in
from serving.pages import services as service_pages
from serving.routes import (
    answers,
    applications,
    channels,
    citizens,
    codes,
    decisions,
    deliveries,
    disputes,
    facts,
    gateway,
    health,
    mandates,
    notifications,
    oauth,
    recommendations,
    services,
    stops,
    unsubscribing,
    webhooks,
    worklist,
)
from serving.runtime import Herald

DESCRIPTION = """Tells each citizen which public services they need, before they ask.

Sign in at `/v1/oauth/token`. A citizen is named by the identifier that `/v1/citizens/resolve` gave to your portal,
or by `me` with the citizen's own token. Problems are RFC 9457 bodies that say how to mend them."""

MODULES = (
    oauth,
    facts,
    citizens,
    mandates,
    recommendations,
    notifications,
    codes,
    channels,
    unsubscribing,
    webhooks,
    answers,
    gateway,
    worklist,
    disputes,
    applications,
    decisions,
    deliveries,
    services,
    stops,
    health,
)
"""Every route is in one of these; `tests/architecture/test_routes.py` lists them by name."""

PAGES = (signing_in, now, service_pages, happening, assets)
"""Pages for people; `tests/architecture/test_pages.py` lists them by name."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

LOUD = "\n\n**DEVELOPMENT MODE: default secrets, this machine only. Never put real people's data behind it.**"


def create_app(herald: Herald, *, on_stop: Callable[[], None] = lambda: None) -> FastAPI:
    """The application over assembled parts; its workers run while the application does."""

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        herald.start()
        yield
        herald.stop()
        on_stop()

    app = FastAPI(
        title="Herald",
        version=version("herald"),
        description=DESCRIPTION + (LOUD if herald.settings.development else ""),
        lifespan=running,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.herald, settings = herald, herald.settings
    app.add_middleware(BodyLimit, limit_bytes=settings.body_limit_bytes, timeout_s=settings.request_timeout_s)
    app.add_middleware(Measured, metrics=herald.metrics)
    problems.install(app)
    for module in (*MODULES, *PAGES):
        app.include_router(module.router)
    _document_problems(app)
    return app


def _document_problems(app: FastAPI) -> None:
    """Put the problem body, which no route returns by its type, among the documented schemas."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        document["components"]["schemas"].setdefault(Problem.__name__, Problem.model_json_schema())
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


class Measured:
    """ASGI middleware: counts answers and times them by route. Streams are counted, not timed."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.requests.labels(route, method, str(status)).inc()
            if not route.endswith("/stream"):
                self._metrics.request_s.labels(route).observe(time.perf_counter() - started)

"""Health for whoever runs the server, and metrics."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from serving.access.auth import MayOperate
from serving.bodies.responses import HealthOut, ReadyOut
from serving.problems import problem
from serving.routes.documented import problems
from serving.runtime import RunningHerald

router = APIRouter(tags=["operation"])


@router.get("/healthz")
async def healthy() -> HealthOut:
    """The process answers."""
    return HealthOut(status="ok")


@router.get(
    "/readyz",
    response_model=ReadyOut,
    responses={503: problems(503)[503]},
)
def ready(herald: RunningHerald) -> ReadyOut | Response:
    """Whether every part that a decision needs is there."""
    checks, mend = herald.readiness()
    if mend:
        return problem(503, mend, slug="not-ready", more={"checks": checks, "mode": herald.mode})
    return ReadyOut(status="ready", mode=herald.mode, checks=checks)


@router.get("/metrics", responses={**problems(), 200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})
def metrics(herald: RunningHerald, _caller: MayOperate) -> Response:
    """Prometheus' text format; counts and durations, nothing about a citizen."""
    herald.metrics.streams.set(herald.hub.open_streams)
    return Response(herald.metrics.text(), media_type=CONTENT_TYPE_LATEST)

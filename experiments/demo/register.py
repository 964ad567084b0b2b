"""A register and a portal, as seen from outside: signs in, sends life events, keeps inbox streams open."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from recommender.errors import SetupError


@dataclass(frozen=True, slots=True)
class Credentials:
    """An OAuth2 client of the API, as `herald client add` prints it."""

    client_id: str
    client_secret: str


class Portal:
    """One client of the API. Every call is what a portal's engineer would write against `/docs`."""

    def __init__(self, url: str, credentials: Credentials) -> None:
        # no limit on connections: each open inbox stream holds one
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
        self._http = httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(10, read=60), limits=limits)
        self._credentials = credentials

    async def __aenter__(self) -> "Portal":
        answer = await self._http.post(
            "/v1/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(self._credentials.client_id, self._credentials.client_secret),
        )
        self._http.headers["Authorization"] = f"Bearer {_good(answer)['access_token']}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def resolve(self, number: str) -> str:
        """This portal's identifier for a citizen, by register number."""
        answer = await self._http.post("/v1/citizens/resolve", json={"register_number": number})
        return str(_good(answer)["citizen_id"])

    async def send(self, fact: Mapping[str, object]) -> None:
        """Report one life event."""
        _good(await self._http.post("/v1/life-events", json=dict(fact)))

    async def became(self, fact_id: str) -> str:
        """What became of a life event: accepted, parked or decided."""
        return str(_good(await self._http.get(f"/v1/life-events/{fact_id}"))["status"])

    async def metrics(self) -> str:
        """The server's Prometheus metrics."""
        return (await self._http.get("/metrics")).text

    async def inbox(self, citizen_id: str) -> AsyncIterator[dict[str, Any] | None]:
        """The citizen's notifications as they become visible; None once, when the stream is open."""
        path = f"/v1/citizens/{citizen_id}/notifications/stream"
        async with self._http.stream("GET", path, headers={"Accept": "text/event-stream"}) as answer:
            if answer.status_code != httpx.codes.OK:
                raise SetupError(f"GET {path} answered {answer.status_code}: {(await answer.aread()).decode()}")
            yield None
            event = ""
            async for line in answer.aiter_lines():
                if line.startswith("event:"):
                    event = line[6:].strip()
                elif line.startswith("data:") and event == "notification":
                    yield json.loads(line[5:])


def _good(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json()
    raise SetupError(f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}: {answer.text}")

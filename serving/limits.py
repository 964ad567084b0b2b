"""Bounds what one request may hold, before anything of it is parsed."""

import asyncio
import logging

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problems import problem

log = logging.getLogger("herald.http")

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class BodyLimit:
    """ASGI middleware: a body above `limit_bytes` is answered 413, whether its length was announced or not, and one
    that is not whole after `timeout_s` 408.

    The body is read here and handed on whole, because a limit enforced while FastAPI reads would come out as a parse
    error.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int, timeout_s: float) -> None:
        self._app = app
        self._limit = limit_bytes
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _WITH_BODY:
            await self._app(scope, receive, send)
            return
        body = b""
        try:
            if self._announced(scope) <= self._limit:
                async with asyncio.timeout(self._timeout_s):
                    body = await self._whole(receive)
        except TimeoutError:
            refusal = self._refuse(
                408,
                f"the body was not whole after {self._timeout_s:g} seconds",
                slug="too-slow",
                mend="send the request again over a better line",
            )
        except _DisconnectedError:
            return
        else:
            if self._announced(scope) <= self._limit and len(body) <= self._limit:
                await self._app(scope, _Replay(body, receive), send)
                return
            refusal = self._refuse(
                413,
                f"the body is larger than {self._limit} bytes",
                slug="too-large",
                mend="send facts one at a time, or raise HERALD_SERVING_BODY_LIMIT_BYTES",
            )
        await refusal(scope, receive, send)

    async def _whole(self, receive: Receive) -> bytes:
        """The body up to one piece above the limit. Raises _DisconnectedError."""
        body = bytearray()
        more = True
        while more and len(body) <= self._limit:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _DisconnectedError
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return bytes(body)

    @staticmethod
    def _refuse(status: int, detail: str, *, slug: str, mend: str) -> Response:
        log.info("request_refused", extra={"route": "unmatched", "status": status, "problem": slug})
        return problem(status, detail, slug=slug, headers={"Connection": "close"}, more={"mend": mend})

    @staticmethod
    def _announced(scope: Scope) -> int:
        value = dict(scope["headers"]).get(b"content-length", b"0")
        return int(value) if value.isdigit() else 0


class _DisconnectedError(Exception):
    """The client left before its body was whole."""


class _Replay:
    """Hands the body on once, then what the connection says next."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        return await self._receive()

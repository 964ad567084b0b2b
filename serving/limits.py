"""Bounds what one request may hold, before anything of it is parsed."""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problems import problem

log = logging.getLogger("herald.http")

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class BodyLimit:
    """ASGI middleware: a body above `limit_bytes` is answered 413, whether its length was announced or not.

    The body is read here and handed on whole, because a limit enforced while FastAPI reads would come out as a parse
    error.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self._app = app
        self._limit = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _WITH_BODY:
            await self._app(scope, receive, send)
            return
        body = bytearray()
        if self._announced(scope) <= self._limit:
            more = True
            while more and len(body) <= self._limit:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                body += message.get("body", b"")
                more = message.get("more_body", False)
        if self._announced(scope) > self._limit or len(body) > self._limit:
            log.info("request_refused", extra={"route": "unmatched", "status": 413, "problem": "too-large"})
            refusal = problem(
                413,
                f"the body is larger than {self._limit} bytes",
                slug="too-large",
                headers={"Connection": "close"},
                more={"mend": "send facts one at a time, or raise HERALD_SERVING_BODY_LIMIT_BYTES"},
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, _Replay(bytes(body), receive), send)

    @staticmethod
    def _announced(scope: Scope) -> int:
        value = dict(scope["headers"]).get(b"content-length", b"0")
        return int(value) if value.isdigit() else 0


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

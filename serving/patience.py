"""A client that drips its headers is let go: uvicorn itself waits for ever."""

import asyncio
import logging

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

log = logging.getLogger("herald.http")


def patient(timeout_s: float) -> type[HttpToolsProtocol]:
    """uvicorn's protocol, which closes a connection whose request line and headers are not whole after `timeout_s`.

    The time counts from the connection's first instant, and from the first byte of every later request.
    """

    class Patient(HttpToolsProtocol):
        _late: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
            super().connection_made(transport)
            self._await_headers()

        def data_received(self, data: bytes) -> None:
            if self.timeout_keep_alive_task is not None:  # the first bytes of the next request on this connection
                self._await_headers()
            super().data_received(data)

        def on_headers_complete(self) -> None:
            self._heard()
            super().on_headers_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._heard()
            super().connection_lost(exc)

        def _await_headers(self) -> None:
            self._heard()
            self._late = self.loop.call_later(timeout_s, self._let_go)

        def _heard(self) -> None:
            if self._late is not None:
                self._late.cancel()
                self._late = None

        def _let_go(self) -> None:
            log.info("slow_client_let_go", extra={"waited_s": timeout_s})
            self.transport.abort()

    return Patient

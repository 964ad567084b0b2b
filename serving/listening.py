"""Runs uvicorn, one worker, on a socket that was bound first: a taken port is one clear line."""

import gc
import logging
import signal
import socket
import sys
from types import FrameType

import uvicorn

from recommender.errors import SetupError
from serving.app import create_app
from serving.delivery.hub import Hub
from serving.patience import patient
from serving.runtime import Herald

log = logging.getLogger("herald.server")

BANNER = """
  ************************************************************************
  *  DEVELOPMENT MODE: default secrets, this machine only.               *
  *  Never put real people's data behind this server.                    *
  ************************************************************************
"""


class Server(uvicorn.Server):
    """Ends open inbox streams when asked to stop: uvicorn alone would wait for them."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._hub.stop_soon()


def exit_on_sigterm() -> None:
    """SIGTERM ends the process with 0: before uvicorn listens to it, and when uvicorn has stopped and hands it on."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)


def listen(herald: Herald, listening: socket.socket) -> None:
    """Answer on a bound socket until SIGTERM or SIGINT."""
    exit_on_sigterm()
    settings = herald.settings
    if settings.development:
        sys.stderr.write(BANNER)
    config = uvicorn.Config(
        create_app(herald),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=30,
        http=patient(settings.request_timeout_s),
    )
    # what was loaded stays: the collector need not walk it again at every few requests
    gc.collect()
    gc.freeze()
    url = f"http://{settings.host}:{listening.getsockname()[1]}"
    log.info("server_starting", extra={"url": url, "docs": f"{url}/docs", "development": settings.development})
    try:
        Server(config, herald.hub).run(sockets=[listening])
    except KeyboardInterrupt:
        log.info("server_stopped")
    finally:
        listening.close()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises SetupError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        # listen now: two that bound with SO_REUSEADDR would both believe to have the port
        made.listen(2048)
    except OSError as error:
        made.close()
        raise SetupError(
            f"cannot listen on {host}:{port}: {error.strerror}",
            mend="stop the other server, or give another --port (0 takes a free one)",
        ) from error
    return made

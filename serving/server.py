"""Runs uvicorn with one worker on a socket that was bound first, so that a taken port is one clear line."""

import logging
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import uvicorn

from recommender.adapters.settings import read_settings
from recommender.errors import SetupError
from serving import logs
from serving.app import create_app
from serving.bootstrap import assemble
from serving.hub import Hub
from serving.settings import ServingSettings, check_safe

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


def run(descriptor_file: Path, var: Path | None, given: Mapping[str, object]) -> None:
    """Serve until SIGTERM or SIGINT. Raises SetupError when something that must be there is not."""
    settings = read_settings(ServingSettings, **given)
    check_safe(settings)
    logs.configure(settings.log_level)
    signal.signal(signal.SIGTERM, _leave)
    listening = bind(settings.host, settings.port)
    try:
        herald = assemble(descriptor_file, var, settings)
        if settings.development:
            sys.stderr.write(BANNER)
        config = uvicorn.Config(
            create_app(herald),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
            timeout_keep_alive=30,
        )
        url = f"http://{settings.host}:{listening.getsockname()[1]}"
        log.info("server_starting", extra={"url": url, "docs": f"{url}/docs", "development": settings.development})
        Server(config, herald.hub).run(sockets=[listening])
    except KeyboardInterrupt:
        log.info("server_stopped")
    finally:
        listening.close()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """What SIGTERM does before uvicorn listens to it, and again when uvicorn has stopped and hands it on: exit 0."""
    raise SystemExit(0)


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

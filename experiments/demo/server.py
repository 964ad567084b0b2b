"""A real server in a process of its own: started on a free port, waited for, stopped whatever happens."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from recommender.errors import SetupError


@dataclass(frozen=True, slots=True)
class Running:
    """A started server: where it listens, its process, and how many seconds its first good answer took."""

    url: str
    pid: int
    seconds_to_ready: float


def free_port() -> int:
    """A port of loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(
    arguments: list[str], port: int, log: Path, env: Mapping[str, str], *, wait_s: float = 60
) -> Iterator[Running]:
    """Run `herald serve …` until the block ends. Raises SetupError with its log's last line when it does not start."""
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "recommender.cli", "serve", *arguments, "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    began = time.monotonic()
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **env})
    try:
        _wait(process, url, log, began + wait_s)
        yield Running(url, process.pid, time.monotonic() - began)
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path, until: float) -> None:
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/readyz", timeout=2).status_code == httpx.codes.OK:
                return
        time.sleep(0.05)
    lines = log.read_text().strip().splitlines() or ["it printed nothing"]
    raise SetupError(f"the server did not get ready: {lines[-1]}", mend=f"see {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

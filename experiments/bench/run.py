"""`herald bench`: a table of the design's budgets, and the same rows in bench.json."""

import contextlib
import itertools
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from experiments.bench.criteria import criteria
from experiments.bench.deliveries import deliveries
from experiments.bench.joins import joins
from experiments.bench.latency import Caller, Row, interleaved, quantile
from experiments.bench.place import prepare
from experiments.demo.server import Running, free_port, server
from features.facts import read_citizens
from features.workspace import Workspace

BLOCKS, BLOCK = 30, 60
SETTLED_S = 15.0
"""Latencies are a running server's: MLflow, imported in the background after the first answer, is through by then."""
EVENTS = 300
SCOPES = ("recommend", "facts:write", "feedback", "operate")
START = datetime(2026, 1, 2, 10, tzinfo=UTC)


def bench(var: Path, citizens: int, console: Console) -> int:
    """Measure and write `var/bench.json`; 0 whatever the figures are: a benchmark is no test."""
    descriptor = prepare(var, citizens)
    workspace = Workspace(var / "bench" / "city")
    for side in ("", "-wal", "-shm"):
        workspace.operational_db.with_name(workspace.operational_db.name + side).unlink(missing_ok=True)
    secret = _secret(descriptor, var / "bench")
    env = {
        "HERALD_SERVING_CLOCK_START": START.isoformat(),
        "HERALD_FEATURES_DEVELOPMENT": "true",
        "HERALD_SERVING_DEVELOPMENT": "true",
        "HERALD_SERVING_BREAKER_MULTIPLE": "0",
    }
    arguments = [str(descriptor), "--var", str(var / "bench")]
    log = workspace.root / "bench.log"
    with (
        tempfile.TemporaryDirectory() as folder,
        _floor(Path(folder)) as floor,
        server(arguments, free_port(), log, env) as running,
    ):
        everyone = read_citizens(workspace)["citizen_id"].to_list()
        rows = _measure(running, floor, secret, everyone)
    rows.append(joins(workspace, everyone))
    rows += criteria(workspace, descriptor, START)
    rows += deliveries()
    rows.append(Row("server_start", running.seconds_to_ready, "s", None, None, "under 8 s"))
    _show(rows, console)
    (var / "bench.json").write_text(json.dumps([row.as_json() for row in rows], indent=1))
    console.print(f"the same rows are in {var / 'bench.json'}", highlight=False)
    return 0


def _measure(running: Running, floor: str, secret: str, citizens: list[str]) -> list[Row]:
    token = httpx.post(
        f"{running.url}/v1/oauth/token", data={"grant_type": "client_credentials"}, auth=("bench", secret)
    ).json()["access_token"]
    caller = Caller(running.url, {"Authorization": f"Bearer {token}"})
    linked = [_resolve(caller, number) for number in citizens[:: max(1, len(citizens) // 500)]]
    paths = itertools.cycle([f"/v1/citizens/{citizen}/recommendations?k=5" for citizen in linked])
    bare = itertools.cycle([f"/floor/c{i}" for i in range(2_000)])
    base = Caller(floor)
    time.sleep(SETTLED_S)
    interleaved((caller, paths), (base, bare), blocks=2, block=BLOCK)
    ours, theirs = interleaved((caller, paths), (base, bare), blocks=BLOCKS, block=BLOCK)
    empty, _ = interleaved((base, itertools.repeat("/empty")), (base, bare), blocks=4, block=BLOCK)
    rows = [
        _row("recommendations.p50", quantile(ours, 0.5), quantile(theirs, 0.5), "at most 2x the floor"),
        _row("recommendations.p99", quantile(ours, 0.99), quantile(theirs, 0.99), "at most 10 ms"),
        _row("empty_route.p50", quantile(empty, 0.5), quantile(theirs, 0.5), ""),
    ]
    return rows + _events(running, caller, token, citizens)


def _events(running: Running, caller: Caller, token: str, citizens: list[str]) -> list[Row]:
    """Post life events one by one; accepted to decided, and accepted to seen on an open inbox stream."""
    decided: list[float] = []
    seen: list[float] = []
    for number, register_number in enumerate(citizens[-EVENTS:]):
        citizen = _resolve(caller, register_number)
        body = {
            "id": f"bench-{number}",
            "register_number": register_number,
            "type": "moved_residence",
            "happened_at": "2026-01-01",
        }
        with _listening(running.url, token, citizen) as arrivals:
            _, status, text = caller.post("/v1/life-events", body)
            accepted = time.perf_counter()
            if status != 202:
                raise RuntimeError(f"a benchmarked event answered {status}: {text!r}")
            while json.loads(caller.get(f"/v1/life-events/bench-{number}")[2])["status"] != "decided":
                if time.perf_counter() > accepted + 10:
                    raise RuntimeError("an event was not decided within 10 s")
            decided.append((time.perf_counter() - accepted) * 1_000)
            until = time.perf_counter() + 0.15
            while not arrivals and time.perf_counter() < until:
                time.sleep(0.001)
            seen += [(at - accepted) * 1_000 for at in arrivals[:1]]
    return [
        _row("event_to_decision.p50", quantile(decided, 0.5), None, ""),
        _row("event_to_decision.p99", quantile(decided, 0.99), None, "at most 50 ms"),
        _row("event_to_inbox.p50", quantile(seen, 0.5), None, f"{len(seen)} of {len(decided)} were told"),
        _row("event_to_inbox.p99", quantile(seen, 0.99), None, "at most 500 ms"),
    ]


@contextlib.contextmanager
def _listening(url: str, token: str, citizen: str) -> Iterator[list[float]]:
    """An open inbox stream; the times at which notifications arrived."""
    arrivals: list[float] = []
    opened, client = threading.Event(), httpx.Client(timeout=httpx.Timeout(10, read=30))

    def listen() -> None:
        headers = {"Authorization": f"Bearer {token}"}
        path = f"{url}/v1/citizens/{citizen}/notifications/stream"
        with contextlib.suppress(httpx.HTTPError, RuntimeError), client.stream("GET", path, headers=headers) as answer:
            opened.set()
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    arrivals.append(time.perf_counter())
                    return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    opened.wait(10)
    try:
        yield arrivals
    finally:
        client.close()


@contextlib.contextmanager
def _floor(folder: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "experiments.bench.floor", str(folder), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"http://127.0.0.1:{port}/empty", timeout=1)
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _secret(descriptor: Path, var: Path) -> str:
    command = [sys.executable, "-m", "recommender.cli", "client", "add", str(descriptor), "bench", "--var", str(var)]
    command += [word for scope in SCOPES for word in ("--scope", scope)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return str(re.findall(r"client_secret\s+(\S+)", printed)[0])


def _resolve(caller: Caller, register_number: str) -> str:
    _, status, body = caller.post("/v1/citizens/resolve", {"register_number": register_number})
    if status != 200:
        raise RuntimeError(f"resolve answered {status}: {body!r}")
    return str(json.loads(body)["citizen_id"])


def _row(name: str, value: float, floor: float | None, budget: str) -> Row:
    return Row(name, value, "ms", floor, value / floor if floor else None, budget)


def _show(rows: list[Row], console: Console) -> None:
    table = Table(title="Budgets, beside the bare floor in the same run")
    for heading in ("name", "value", "floor", "ratio", "budget"):
        table.add_column(heading, justify="left" if heading in ("name", "budget") else "right")
    for row in rows:
        floor = f"{row.floor:.2f} {row.unit}" if row.floor else ""
        ratio = f"{row.ratio:.2f}" if row.ratio else ""
        table.add_row(row.name, f"{row.value:.2f} {row.unit}", floor, ratio, row.budget)
    console.print(table)

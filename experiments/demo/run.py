"""`herald demo`: prepares what is not yet prepared, serves, lets things happen, and shows who is told."""

import asyncio
import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.live import Live

from experiments.demo import prepare
from experiments.demo.afresh import afresh
from experiments.demo.play import Pace, Tally, play
from experiments.demo.register import Credentials, Portal
from experiments.demo.scene import Scene, scene, sent_live
from experiments.demo.server import Running, free_port, server
from experiments.demo.show import picture
from features.descriptor import load_descriptor
from features.workspace import Workspace
from recommender.errors import SetupError

CITY = Path(__file__).parents[1] / "city" / "dataset.yaml"
MONTHS = 60
ENOUGH = 3
CLIENT = "demo-register"
SCOPES = ("recommend", "facts:write", "feedback", "operate")


@dataclass(frozen=True, slots=True)
class Options:
    """What `herald demo` was asked. dataset and tables: both or neither; neither: the simulated city."""

    var: Path
    once: bool
    citizens: int
    port: int
    dataset: Path | None = None
    tables: Path | None = None


def demo(options: Options, console: Console) -> int:
    """Run the demo; 0 when `--once` saw enough citizens told. Raises HeraldError in one line otherwise."""
    if (options.dataset is None) != (options.tables is None):
        raise SetupError("--dataset and --tables go together", mend="name both, or neither for the simulated city")
    played, workspace = _prepared(options, console)
    afresh(workspace)
    descriptor = options.dataset or CITY
    credentials = _client(descriptor, options.var)
    env = {
        "HERALD_SERVING_CLOCK_START": played.start.isoformat(),
        "HERALD_SERVING_DEVELOPMENT": "true",
        "HERALD_SERVING_BREAKER_MULTIPLE": "0",  # months of life events within minutes are loud, as they must be
        "HERALD_FEATURES_VAR": str(options.var),
    }
    port = free_port() if options.once else options.port
    log = workspace.root / "server.log"
    console.print(f"starting the server; its clock starts at {played.start:%Y-%m-%d %H:%M} UTC; log: {log}")
    with server([str(descriptor)], port, log, env) as running:
        _addresses(running, workspace, console)
        return asyncio.run(_watch(running, credentials, played, options, console))


def _prepared(options: Options, console: Console) -> tuple[Scene, Workspace]:
    descriptor_file = options.dataset or CITY
    descriptor = load_descriptor(descriptor_file)
    root = options.var / descriptor.dataset
    marks = root / "prepared"
    tables = options.tables or options.var / f"city-{options.citizens}"
    if options.dataset is None:
        arguments = ("city", str(tables), "--citizens", str(options.citizens), "--months", str(MONTHS))
        prepare.run([prepare.Step("city", "a city lives for five years", arguments)], options.var / "made", console)
    played = scene(descriptor, tables)
    common = (str(descriptor_file), "--var", str(options.var))
    through = ("--known-through", played.known_through.isoformat())
    steps = [
        prepare.Step("ingest", "its registers are read", ("ingest", *common, "--tables", str(tables), *through)),
        prepare.Step("train", "a champion is trained", ("train", *common)),
        prepare.Step("materialise", "features go online", ("materialise", *common, "--at", played.start.isoformat())),
    ]
    prepare.run(steps, marks, console)
    return played, Workspace(root)


def _client(descriptor: Path, var: Path) -> Credentials:
    arguments = ["client", "add", str(descriptor), CLIENT, "--var", str(var)]
    for scope in SCOPES:
        arguments += ["--scope", scope]
    command = [sys.executable, "-m", "recommender.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"client_secret\s+(\S+)", done.stdout)
    if done.returncode != 0 or found is None:
        raise SetupError(f"a portal's client could not be added: {done.stderr.strip()}")
    return Credentials(CLIENT, found.group(1))


def _addresses(running: Running, workspace: Workspace, console: Console) -> None:
    console.print(f"ready after {running.seconds_to_ready:.1f} s")
    console.print(f"  the API and its docs   {running.url}/docs", highlight=False)
    console.print(
        f"  the MLflow UI          .venv/bin/mlflow ui --backend-store-uri sqlite:///{workspace.mlflow_db}",
        highlight=False,
        soft_wrap=True,
    )


async def _watch(running: Running, credentials: Credentials, played: Scene, options: Options, console: Console) -> int:
    events = sent_live(played)
    tally = Tally()
    everything = options.dataset is not None
    enough = ENOUGH if options.once and not everything else None
    pause_s, late_s = 0.0 if options.once else 1.5, 5.0 if everything else 0.0
    pace = Pace(inboxes=32 if everything else 4, pause_s=pause_s, enough=enough, late_s=late_s)
    async with Portal(running.url, credentials) as portal:
        with _live(tally, console) as show:
            await play(portal, events, pace, tally, show)
        metrics = await portal.metrics()
        if not options.once:
            console.print("every life event was sent; the server stays up until Ctrl-C")
            await asyncio.Event().wait()
    # a line of its own, whatever the live table left on the last one
    console.print("\n" + json.dumps(_summary(tally, metrics, running)), soft_wrap=True, highlight=False, markup=False)
    return 0 if len(tally.told) >= ENOUGH else 1


@contextlib.contextmanager
def _live(tally: Tally, console: Console) -> Iterator[Callable[[Tally], None]]:
    with Live(picture(tally), console=console, refresh_per_second=8) as live:
        yield lambda now: live.update(picture(now))


def _summary(tally: Tally, metrics: str, running: Running) -> dict[str, object]:
    withheld: dict[str, int] = {}
    for reason, count in re.findall(r'herald_withheld_total\{[^}]*reason="(\w+)"[^}]*\} (\S+)', metrics):
        withheld[reason] = withheld.get(reason, 0) + int(float(count))
    decided = re.search(r'herald_decisions_total\{[^}]*trigger="fact"[^}]*\} (\S+)', metrics)
    milliseconds = sorted(seen.milliseconds for seen in tally.seen)
    return {
        "life_events": tally.sent,
        "citizens": tally.citizens,
        "decisions": int(float(decided.group(1))) if decided else 0,
        "told": len(tally.told),
        "notifications": len(tally.seen),
        "median_milliseconds": round(milliseconds[len(milliseconds) // 2]) if milliseconds else None,
        "withheld": withheld,
        "server_start_s": round(running.seconds_to_ready, 1),
    }

"""The sub-commands of this room: `herald demo`, `herald bench`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def demo(
    once: Annotated[
        bool, typer.Option(help="Free port; stop after three citizens were told; JSON summary last.")
    ] = False,
    dataset: Annotated[Path | None, typer.Option(help="Descriptor of other data than the simulated city.")] = None,
    tables: Annotated[Path | None, typer.Option(help="Folder of that descriptor's tables.")] = None,
    citizens: Annotated[int, typer.Option(min=500, help="Citizens of the simulated city.")] = 20_000,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1 (without --once).")] = 8000,
    var: Annotated[Path, typer.Option(help="Folder for local state.")] = Path("var"),
) -> None:
    """Build a city, train, serve, and watch citizens being told, on a simulated clock."""
    from experiments.demo.run import Options, demo

    console = Console()
    try:
        code = demo(Options(var, once, citizens, port, dataset, tables), console)
    except KeyboardInterrupt:
        console.print("stopped")
        code = 0
    raise typer.Exit(code)


def bench(
    var: Annotated[Path, typer.Option(help="Folder for local state and bench.json.")] = Path("var"),
    citizens: Annotated[int, typer.Option(min=500, help="Citizens of the simulated city to measure on.")] = 5_000,
) -> None:
    """Measure the budgets beside the bare floor in the same run; writes VAR/bench.json."""
    from experiments.bench.run import bench

    raise typer.Exit(bench(var, citizens, Console()))

"""The commands `herald city` and `herald city-report`."""

from pathlib import Path
from typing import Annotated

import typer


def city(
    out: Annotated[Path, typer.Argument(help="Folder for the tables; made if missing.")],
    citizens: Annotated[int, typer.Option(min=100, max=2_000_000, help="People in the city.")] = 20_000,
    months: Annotated[int, typer.Option(min=1, max=240, help="Months of data, from January 2021.")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 7,
    truth: Annotated[int, typer.Option(min=0, help="Also write the true probabilities of this many citizens.")] = 0,
) -> None:
    """Simulate a city and write its registers' tables."""
    from rich.console import Console
    from rich.progress import Progress, TimeElapsedColumn

    from experiments.city.simulate import Plan, build

    console = Console()
    with Progress(*Progress.get_default_columns(), TimeElapsedColumn(), console=console, transient=True) as bars:
        bar = bars.add_task("living", total=months)
        built = build(
            out,
            Plan(citizens, months, seed, truth),
            lambda what, done, of: bars.update(bar, description=what, completed=done, total=of),
        )
    for file, rows in built.rows.items():
        console.print(f"{file:32} {rows:>10,} rows", highlight=False)
    console.print("life events recorded a year for each 100 citizens:")
    for name, rate in built.rates.items():
        console.print(f"  {name:28} {rate:6.2f}", highlight=False)

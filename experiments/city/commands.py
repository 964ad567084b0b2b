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
    console.print("life events recorded a year for each 1,000 citizens:")
    for name, rate in built.rates.items():
        console.print(f"  {name:28} {rate:6.2f}", highlight=False)


def city_report(
    out: Annotated[Path, typer.Argument(help="Folder made by `herald city --truth N`.")],
    predictions: Annotated[Path, typer.Argument(help="Parquet file of `herald backtest`.")],
) -> None:
    """Judge a backtest's predictions against the city's own truth."""
    import polars as pl
    from rich.console import Console
    from rich.table import Table

    from experiments.city.evaluate import evaluate
    from recommender.errors import TableError

    if not predictions.exists():
        raise TableError(f"{predictions}: not there", mend="write it with herald backtest --out")
    report = evaluate(pl.read_parquet(predictions), out)
    console = Console()
    console.print(
        f"share of the way from cells to the best reachable: {report.share} on {report.pairs:,} entitled pairs"
    )
    console.print(
        ", ".join(f"log loss of {name} {value:.5f}" for name, value in report.losses.items()), highlight=False
    )
    needs = Table(*report.by_need.columns, title="by need; weight: its part of all that there is to gain")
    for row in report.by_need.iter_rows():
        needs.add_row(*(f"{value:.4f}" if isinstance(value, float) else str(value) for value in row))
    console.print(needs)
    title = "recall at 5 of needs that arose for the entitled who do not claim [95% over people]"
    fifths = Table("fifth (1: neediest)", "people", "model", "popularity", "reachable", title=title)
    for fifth, found in report.recall.items():
        fifths.add_row(str(fifth), str(found["model"].people), *(str(found[name]) for name in found))
    console.print(fifths)

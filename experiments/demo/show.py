"""The demo's picture in the terminal: a live table of who is told what, because of what, after how long."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from experiments.demo.play import Tally

ROWS = 14


def picture(tally: Tally) -> RenderableType:
    """The last notifications, newest below, and one line of counts."""
    table = Table(title="Told, before they asked", title_justify="left", expand=True)
    table.add_column("citizen", style="dim", no_wrap=True, width=10)
    table.add_column("because", ratio=2)
    table.add_column("services", ratio=4)
    table.add_column("after", justify="right", no_wrap=True, width=9)
    for seen in tally.seen[-ROWS:]:
        services = Text("\n").join(Text(f"{i}. {name}") for i, name in enumerate(seen.services, start=1))
        table.add_row(Text(seen.citizen[:8] + "…"), Text(seen.because), services, f"{seen.milliseconds:.0f} ms")
    counts = (
        f"{tally.sent} life events sent for {tally.citizens} citizens; "
        f"{len(tally.seen)} notifications reached {len(tally.told)} of them; the rest has a receipt that says why not"
    )
    return Group(table, Text(counts, style="bold"))

"""`herald retain`: imports wait until the command runs."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table


def retain(
    descriptor: Annotated[Path, typer.Argument(help="the dataset's descriptor, as given to `herald ingest`")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="count what is due, and delete nothing")] = False,
    var: Annotated[Path | None, typer.Option(help="folder of local state")] = None,
) -> None:
    """Delete what has been kept as long as the settings HERALD_RETENTION_… say. Run it daily; it may be interrupted."""
    from recommender.adapters.settings import read_settings
    from serving.answering.retaining import retain as let_go
    from serving.answering.retention_settings import RetentionSettings
    from serving.commands.at_hand import at_hand

    table = Table("kind", "where", "kept for", "due" if dry_run else "deleted", box=None)
    with at_hand(descriptor, var) as here:
        for done in let_go(here, read_settings(RetentionSettings), dry_run=dry_run):
            kept = f"{done.days:,} days" if done.days else "until erased"
            table.add_row(done.kind.replace("_", " "), done.store, kept, f"{done.gone:,}")
    Console().print(table)

"""`herald retain`: what has been kept long enough goes, kind by kind, with its count."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from features.workspace import Workspace
from recommender.clock import Clock
from recommender.instants import from_us
from serving.answering.retention_settings import RetentionSettings
from serving.commands.at_hand import AtHand
from serving.database.retaining import KINDS, count_due, delete_due

REJECTS = "rejects"


class Retained(NamedTuple):
    """One kind of record in one store. days: 0: kept until erasure. gone: deleted, or due in a dry run."""

    kind: str
    store: str
    days: int
    gone: int


def retain(here: AtHand, settings: RetentionSettings, *, dry_run: bool) -> Iterator[Retained]:
    """Each kind as it is done. A run that is killed is run again: what was deleted stays deleted."""
    now = here.clock.now()
    for kind in KINDS:
        days = days_of(settings, kind.name)
        asked = here.database, kind, days, now
        gone = count_due(*asked) if dry_run else sum(delete_due(*asked))
        yield Retained(kind.name, f"table {kind.table.name}", days, gone)
    days = days_of(settings, REJECTS)
    yield Retained(REJECTS, "files", days, _rejects(here.place.workspace, here.clock, days, dry_run=dry_run))


def days_of(settings: RetentionSettings, kind: str) -> int:
    """The setting of a kind."""
    return int(getattr(settings, f"{kind}_days"))


def _rejects(workspace: Workspace, clock: Clock, days: int, *, dry_run: bool) -> int:
    until = clock.now() - timedelta(days=days)
    due = [
        file
        for file in sorted(workspace.rejects.glob("*.csv"))
        if days and from_us(file.stat().st_mtime_ns // 1_000) < until
    ]
    for file in () if dry_run else due:
        file.unlink(missing_ok=True)
    return len(due)

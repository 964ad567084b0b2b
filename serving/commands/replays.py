"""`herald replay`: imports wait until the command runs."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from recommender.errors import SetupError

if TYPE_CHECKING:
    from serving.deciding.replaying import Replayed

SHOWN = 10
"""Differences of one decision, and decisions of a sample, that are shown; the rest are counted."""


def replay(
    descriptor: Annotated[Path, typer.Argument(help="the dataset's descriptor, as given to `herald ingest`")],
    decision: Annotated[str | None, typer.Argument(help="id of a decision")] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="replay so many decisions drawn at random instead")] = None,
    seed: Annotated[int, typer.Option(help="the same seed over the same decisions draws the same")] = 0,
    var: Annotated[Path | None, typer.Option(help="folder of local state")] = None,
) -> None:
    """Decide again what a receipt records, with the versions of that time, and compare byte for byte.

    Ends with 1 unless all that was replayed is identical.
    """
    if (decision is None) == (sample is None):
        raise SetupError("name either a decision or --sample N")
    from serving.commands.replay_run import replay_one, replay_sample
    from serving.deciding.replaying import Outcome

    if decision is not None:
        done = replay_one(descriptor, var, decision)
        _tell(done)
        raise typer.Exit(done.outcome not in (Outcome.IDENTICAL, Outcome.ERASED))
    counts = dict.fromkeys(Outcome, 0)
    made: Counter[str] = Counter()
    for each in replay_sample(descriptor, var, sample or 1, seed):
        counts[each.outcome] += 1
        made[_versions(each)] += 1
        if each.outcome is not Outcome.IDENTICAL and sum(counts.values()) - counts[Outcome.IDENTICAL] <= SHOWN:
            _tell(each)
    told = ", ".join(f"{number} {outcome.value}" for outcome, number in counts.items())
    _say(f"{sum(counts.values())} decisions replayed: {told}")
    for versions, number in sorted(made.items()):
        _say(f"    {versions or 'erased'}: {number}")
    raise typer.Exit(counts[Outcome.DIFFERS] + counts[Outcome.IMPOSSIBLE] > 0)


def _tell(done: "Replayed") -> None:
    versions = _versions(done)
    _say(f"decision {done.decision_id}: {done.outcome.value}{f' ({versions})' if versions else ''}")
    for line in done.why[:SHOWN]:
        _say(f"    {line}")
    if len(done.why) > SHOWN:
        _say(f"    and {len(done.why) - SHOWN} more")


def _versions(done: "Replayed") -> str:
    """What it was made with, for a reader; empty where nothing of it is left to read."""
    versions = done.versions
    return "" if versions is None else f"catalogue {versions.catalogue[:12]}, model {versions.model}"


def _say(line: str) -> None:
    Console().print(line, highlight=False, markup=False, soft_wrap=True)

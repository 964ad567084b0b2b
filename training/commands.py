"""The sub-commands of this room: `herald train`, `herald promote`, `herald backtest`."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from features.commands import DescriptorArgument, VarOption, instant, opened, say_growth
from recommender.errors import ModelError, SetupError

if TYPE_CHECKING:
    from features.descriptor import Descriptor
    from features.workspace import Workspace
    from training.fitting import Progress
    from training.models import Recipe
    from training.registry import Registry
    from training.settings import TrainingSettings


def train(  # noqa: PLR0913  # the options of a command line
    descriptor: DescriptorArgument,
    seed: Annotated[int, typer.Option(help="Same data and same seed give the same model, byte for byte.")] = 7,
    through: Annotated[str | None, typer.Option(help="Use only what was known by then (ISO 8601).")] = None,
    approve: Annotated[str, typer.Option(help="Who answers for replacing the champion, if the gates let it.")] = "",
    no_promote: Annotated[bool, typer.Option("--no-promote", help="Register, but move no alias.")] = False,
    grow: Annotated[
        bool, typer.Option("--grow", help="Take up what ingest saw for the first time; see below.")
    ] = False,
    reproduce: Annotated[str | None, typer.Option(metavar="RUN_ID", help="Train that run again and compare.")] = None,
    var: VarOption = None,
) -> None:
    """Train on what the workspace holds; the first model that passes the gates becomes champion.

    A later one becomes challenger and waits for `herald promote`, unless --approve names who answers for it.

    Event types, services and categories seen since the champion was trained are left out, and named, unless --grow is
    given: they join the features together with a model that becomes champion. Materialise and restart the server then.
    """
    from training.growing import train_grown
    from training.registry import registry_of
    from training.report import figures_table, summary
    from training.run import Order
    from training.run import train as run

    console = Console()
    loaded, workspace = opened(descriptor, var)
    settings = _settings()
    registry = registry_of(workspace, settings.mlflow_uri)
    order = Order(
        _recipe(settings, seed), settings.rows_at_most, instant(through, "--through"), not no_promote, approve
    )
    if reproduce is not None:
        _reproduce(console, loaded, workspace, registry, reproduce)
        return
    if grow and no_promote:
        raise SetupError(
            "--grow and --no-promote contradict each other", mend="the schema grows with its champion only"
        )
    with _bars(console) as progress:
        work = partial(run, workspace, loaded, registry, order, progress)
        outcome = train_grown(workspace, loaded, work) if grow else work()
    console.print(figures_table(outcome.fitted, loaded.label_words))
    for line in summary(outcome, registry):
        console.print(line, highlight=False, soft_wrap=True)
    say_growth(console, workspace, loaded)


def _reproduce(
    console: Console, descriptor: "Descriptor", workspace: "Workspace", registry: "Registry", run_id: str
) -> None:
    """Exit code 1 when the model is another."""
    from training.reproducing import reproduce

    with _bars(console) as progress:
        found = reproduce(workspace, descriptor, registry, run_id, progress)
    for line in found.lines():
        console.print(line, highlight=False, soft_wrap=True)
    if not found.identical:
        raise typer.Exit(1)


def promote(
    descriptor: DescriptorArgument,
    version: Annotated[str, typer.Argument(help="Version of the registered model.")],
    approve: Annotated[str, typer.Option(help="Who answers for it.")],
    var: VarOption = None,
) -> None:
    """Make a version that passed the gates the champion; servers take it up without a restart."""
    from training.promote import promote as move
    from training.registry import CHAMPION, MODEL, told_by

    loaded, workspace = opened(descriptor, var)
    registry = _trained(workspace)
    client = registry.open()
    with told_by(registry.address):
        move(client, loaded.dataset, version, approve)
    Console().print(f"version {version} of {MODEL} is {CHAMPION}, approved by {approve}", highlight=False)


def rollback(
    descriptor: DescriptorArgument,
    approve: Annotated[str, typer.Option(help="Who answers for it.")],
    var: VarOption = None,
) -> None:
    """Make the champion before this one champion again; servers take it up without a restart."""
    from training.promote import roll_back
    from training.registry import CHAMPION, MODEL, told_by

    loaded, workspace = opened(descriptor, var)
    registry = _trained(workspace)
    client = registry.open()
    with told_by(registry.address):
        version = roll_back(client, loaded.dataset, approve)
    Console().print(f"version {version} of {MODEL} is {CHAMPION} again, approved by {approve}", highlight=False)


def _trained(workspace: "Workspace") -> "Registry":
    """The registry. Raises ModelError where nothing was trained yet."""
    from training.registry import registry_of

    registry = registry_of(workspace, _settings().mlflow_uri)
    if registry.file is not None and not registry.file.is_file():
        raise ModelError(f"nothing was trained yet: {registry.file} is missing", mend="run `herald train` first")
    return registry


def backtest(  # noqa: PLR0913  # the options of a command line
    descriptor: DescriptorArgument,
    tables: Annotated[Path, typer.Option(help="Folder of the tables.")],
    train_through: Annotated[str, typer.Option(help="Learn from labels known by then (ISO 8601).")],
    validate_through: Annotated[str, typer.Option(help="Choose on labels known by then (ISO 8601).")],
    as_of: Annotated[list[str], typer.Option(help="Predict what follows this time; may be given again.")],
    out: Annotated[Path, typer.Option(help="Parquet file: citizen_id, as_of, need, probability.")],
    score_tables: Annotated[Path | None, typer.Option(help="Score these people instead, never learnt from.")] = None,
    seed: Annotated[int, typer.Option(help="Same data and same seed give the same predictions.")] = 7,
) -> None:
    """Predict the past as if it were the future: nothing known after each time is looked at."""
    from features.descriptor import load_descriptor
    from training.backtest import Question
    from training.backtest import backtest as run
    from training.fitting import Periods
    from training.report import figures_table

    console = Console()
    loaded = load_descriptor(descriptor)
    settings = _settings()
    known = [instant(text, "--as-of") for text in as_of]
    first, then = instant(train_through, "--train-through"), instant(validate_through, "--validate-through")
    if first is None or then is None:
        raise SetupError("--train-through and --validate-through are needed")
    times = tuple(at for at in known if at is not None)
    question = Question(tables, Periods(first, then), times, out, score_tables, settings.rows_at_most)
    with _bars(console) as progress:
        fitted = run(loaded, question, _recipe(settings, seed), progress)
    console.print(figures_table(fitted, loaded.label_words))
    console.print(f"predictions are in {out}", highlight=False, soft_wrap=True)


def _settings() -> "TrainingSettings":
    from recommender.adapters.settings import read_settings
    from training.settings import TrainingSettings

    return read_settings(TrainingSettings)


def _recipe(settings: "TrainingSettings", seed: int) -> "Recipe":
    from training.models import Recipe

    return Recipe(threads=settings.threads, seed=seed)


@contextmanager
def _bars(console: Console) -> "Iterator[Progress]":
    """One bar a step, made when the step is first told of."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def told(title: str, done: int, total: int) -> None:
            if title not in tasks:
                tasks[title] = bars.add_task(title, total=total)
            bars.update(tasks[title], completed=done, total=total)

        yield told

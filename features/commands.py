"""The sub-commands of this room: `herald ingest`, `herald registers`, `herald materialise`."""

from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from recommender.disk import room_for
from recommender.errors import SetupError

if TYPE_CHECKING:
    from rich.progress import Progress

    from features.descriptor import Descriptor
    from features.workspace import Workspace

DescriptorArgument = Annotated[Path, typer.Argument(help="YAML file that describes the tables.")]
VarOption = Annotated[Path | None, typer.Option(help="Folder for local state; else the setting, else var/.")]


def opened(descriptor: Path, var: Path | None) -> "tuple[Descriptor, Workspace]":
    """A descriptor and the workspace of its dataset."""
    from features.descriptor import load_descriptor
    from features.settings import FeatureSettings
    from features.workspace import Workspace
    from recommender.adapters.settings import read_settings

    loaded = load_descriptor(descriptor)
    return loaded, Workspace((var or read_settings(FeatureSettings).var) / loaded.dataset)


def instant(text: str | None, option: str, zone: tzinfo = UTC) -> datetime | None:
    """An ISO 8601 date or time, read in `zone` where it names none. Raises SetupError."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise SetupError(f"{option}: {text!r} is not an ISO 8601 date or time", mend="as in 2024-12-31") from error
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=zone).astimezone(UTC)


def ingest(
    descriptor: DescriptorArgument,
    tables: Annotated[Path | None, typer.Option(help="Folder of the tables; else the descriptor's.")] = None,
    known_through: Annotated[str | None, typer.Option(help="Leave out what became known later (ISO 8601).")] = None,
    var: VarOption = None,
) -> None:
    """Load a government's tables; bad rows are set aside with a reason, the same file twice changes nothing."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from features.ingest.reading import files_of, rows_in
    from features.ingest.run import ingest as load

    console = Console()
    loaded, workspace = opened(descriptor, var)
    folder = tables or loaded.folder
    through = instant(known_through, "--known-through", loaded.zone)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks = {
            name: bars.add_task(name, total=sum(rows_in(file) for file in files_of(name, table, folder)) or None)
            for name, table in loaded.tables.items()
        }
        advance = lambda name, rows: bars.advance(tasks[name], rows)  # noqa: E731
        report = load(loaded, folder, workspace, known_through=through, progress=advance)
        for name, task in tasks.items():
            read = sum(line.rows for line in report.files if line.table == name)
            words = name if read else f"{name}: nothing new"
            bars.update(task, description=words, total=read or 1, completed=read or 1)
        misfit = _fold(workspace, loaded, bars)
    console.print(f"{len(report.files)} files, {report.rows} rows read, {report.facts} new facts", highlight=False)
    if report.rejects is not None:
        words = f"{report.rejected} rows set aside, with reasons, in {report.rejects}"
        console.print(words, highlight=False, soft_wrap=True)
    if report.erased:
        words = f"{report.erased} facts dropped: their citizens were erased"
        console.print(words, highlight=False, soft_wrap=True)
    if misfit:
        console.print(misfit, highlight=False, soft_wrap=True)
    say_growth(console, workspace, loaded)


def _fold(workspace: "Workspace", loaded: "Descriptor", bars: "Progress") -> str:
    """Features are those of all facts held; in words when the champion in use no longer fits them, else ""."""
    from features.schema import load_schema
    from features.states import build_states

    before = load_schema(workspace) if workspace.champion.exists() and workspace.schema_file.is_file() else None
    after = build_states(workspace, loaded, progress=bars)
    if before is None or before.digest == after.digest:
        return ""
    return (
        "the descriptor's features changed, so the champion no longer fits: run `herald train` and `herald materialise`"
    )


def say_growth(console: Console, workspace: "Workspace", loaded: "Descriptor") -> None:
    """One line when the facts tell of event types, services or categories that are no features yet; else nothing."""
    from features.plan import growth, left_out

    new = growth(workspace, loaded)
    if new:
        console.print(left_out(new), markup=False, highlight=False, soft_wrap=True)


def registers(
    descriptor: DescriptorArgument,
    at: Annotated[str | None, typer.Option(help="Count ages from this time (ISO 8601); else from the newest.")] = None,
    var: VarOption = None,
) -> None:
    """What is held, from whom, how fresh."""
    from rich.table import Table

    from features.facts import MEND
    from features.ingest.registers import held

    loaded, workspace = opened(descriptor, var)
    workspace.need(workspace.registers_file, MEND)
    lines = held(workspace)
    now = instant(at, "--at", loaded.zone) or max((line.newest for line in lines if line.newest), default=None)
    table = Table(title=loaded.title or loaded.dataset)
    for heading in ("register", "authority", "table"):
        table.add_column(heading, overflow="fold")
    for heading in ("facts", "citizens", "known", "age", "rejects"):
        table.add_column(heading, justify="right", no_wrap=True)
    for line in lines:
        age = f"{(now - line.newest).days} d" if now and line.newest else ""
        known = f"{line.newest.astimezone(loaded.zone):%Y-%m-%d}" if line.newest else "nothing"
        counts = (f"{line.facts:,}", f"{line.citizens:,}", known, age, f"{line.rejected:,}")
        table.add_row(line.register, line.authority, line.table, *counts)
    Console().print(table)


def materialise(
    descriptor: DescriptorArgument,
    at: Annotated[str | None, typer.Option(help="As known at this time (ISO 8601); else everything held.")] = None,
    var: VarOption = None,
) -> None:
    """Fill the online store from the offline store; beside a running server if need be."""
    from rich.progress import Progress

    from features.materialise import materialise as fill
    from features.settings import FeatureSettings
    from recommender.adapters.settings import read_settings

    loaded, workspace = opened(descriptor, var)
    console = Console()
    with Progress(console=console) as bars, room_for(workspace.root):
        task = bars.add_task("citizens online", total=None)
        number = fill(
            workspace,
            loaded,
            at=instant(at, "--at", loaded.zone),
            settings=read_settings(FeatureSettings),
            progress=lambda done, total: bars.update(task, completed=done, total=total),
        )
    console.print(f"{number} citizens are online", highlight=False)

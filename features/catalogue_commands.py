"""The command group `herald catalogue`: what the policy team does with a catalogue."""

from pathlib import Path
from typing import Annotated

import typer

from features.catalogue_exchange import export, imports

catalogue = typer.Typer(help="Check, import, export and publish a catalogue of public services.", no_args_is_help=True)
catalogue.add_typer(imports, name="import")
catalogue.command("export")(export)


@catalogue.command("check")
def check(
    folder: Annotated[Path, typer.Argument(help="Folder of the catalogue: one YAML file a service.")],
    dataset: Annotated[Path | None, typer.Option(help="Descriptor whose names the catalogue may use.")] = None,
    var: Annotated[Path | None, typer.Option(help="Folder of local state, for the people to try rules on.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the faults as JSON.")] = False,
) -> None:
    """Find every fault of a catalogue, with file, line and how to mend it. Exit code 1 when there is one."""
    import json

    from features.catalogue_checking import faults_of, people_of
    from features.commands import opened

    descriptor, workspace = opened(dataset, var) if dataset is not None else (None, None)
    faults = faults_of(folder, descriptor, None if workspace is None else people_of(workspace))
    grave = sum(fault.grave for fault in faults)
    if as_json:
        typer.echo(json.dumps([{**fault._asdict(), "file": str(fault.file)} for fault in faults], ensure_ascii=False))
    else:
        for fault in faults:
            typer.echo(str(fault))
        typer.echo(f"{_counted(grave, 'fault')}, {_counted(len(faults) - grave, 'warning')} in {folder}")
    if grave:
        raise typer.Exit(1)


@catalogue.command("diff")
def diff(  # noqa: PLR0913 - each is an option of the command
    old: Annotated[Path, typer.Argument(help="Folder of the catalogue as it is.")],
    new: Annotated[Path, typer.Argument(help="Folder of the catalogue as it may become.")],
    dataset: Annotated[Path, typer.Option(help="Descriptor of the people to rehearse it on.")],
    by: Annotated[list[str] | None, typer.Option(help="Attribute to tell groups apart by; else the protected.")] = None,
    as_of: Annotated[str | None, typer.Option(help="As known then (ISO 8601); else the latest.")] = None,
    picture: Annotated[Path | None, typer.Option(help="File for the picture, .svg or .png.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    var: Annotated[Path | None, typer.Option(help="Folder of local state; else the setting, else var/.")] = None,
) -> None:
    """Rehearse a change of rules on the people: who gains, who loses, what would be told. Nothing is sent."""
    import json

    from rich.console import Console
    from rich.progress import Progress

    from features.rehearsal import rehearse
    from features.rehearsal_question import question_of
    from features.rehearsal_report import json_of, picture_of, table_of

    asked = question_of(dataset, var, (old, new), by, as_of)
    with Progress(console=Console(stderr=True)) as bars:
        task = bars.add_task("people", total=None)
        found = rehearse(asked, lambda done, total: bars.update(task, completed=done, total=total))
    if as_json:
        typer.echo(json.dumps(json_of(found), ensure_ascii=False))
    else:
        Console().print(table_of(found))
    if picture is not None:
        typer.echo(f"picture: {picture_of(found, picture)}", err=True)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"

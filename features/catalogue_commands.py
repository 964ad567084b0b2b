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
        typer.echo(f"{grave} faults, {len(faults) - grave} warnings in {folder}")
    if grave:
        raise typer.Exit(1)

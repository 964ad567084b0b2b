"""`herald citizen export` and `herald citizen erase`: what one person may ask for. Imports wait until they run."""

import json
from pathlib import Path
from typing import Annotated

import typer

from serving.commands.answers import Citizen, Language, Purpose, Var, opening

citizen = typer.Typer(help="One person's record: written out for them, or erased.", no_args_is_help=True)

DescriptorFile = Annotated[Path, typer.Argument(help="the dataset's descriptor, as given to `herald ingest`")]


@citizen.callback()
def group() -> None:
    """One person's record."""


@citizen.command()
def export(  # the options of a command line
    descriptor: DescriptorFile,
    citizen_id: Citizen,
    out: Annotated[Path, typer.Option(help="file to write, as JSON; a page to read is written beside it")],
    purpose: Purpose,
    language: Language = None,
    var: Var = None,
) -> None:
    """Write out everything that is held about one citizen: a JSON file, and beside it a page to read."""
    from features.known_then import find_language
    from serving.answering.export_page import page
    from serving.answering.exporting import export as write_out
    from serving.database.audit import EXPORT

    with opening(descriptor, var, citizen_id, purpose, EXPORT) as (here, named):
        spoken = language or find_language(here.place.workspace, named)
        held = write_out(here, named, spoken)
    beside = out.with_suffix(".html")
    for file, content in (
        (out, json.dumps(held, ensure_ascii=False, indent=1, default=str)),
        (beside, page(held, spoken)),
    ):
        file.touch(mode=0o600)
        file.write_text(content, encoding="utf-8")
    typer.echo(f"{len(held['decisions'])} decisions and everything else that is held: {out}, {beside}")


@citizen.command()
def erase(
    descriptor: DescriptorFile,
    citizen_id: Citizen,
    because: Annotated[str, typer.Option(help="on whose request or by which law; kept with the certificate")],
    yes: Annotated[bool, typer.Option("--yes", help="do not ask: nothing brings it back")] = False,
    var: Var = None,
) -> None:
    """Erase one citizen from every store, for good, and certify what was done. Interrupted, it is run again."""
    from features.explain_commands import NUMBER, register_number
    from recommender.identifiers import CitizenId
    from serving.access.readings import stated
    from serving.answering.erasing import erase as erase_everywhere
    from serving.commands.at_hand import at_hand
    from serving.versions.publishing import account

    said = stated(because, option="--because")
    if not yes:
        typer.confirm("Everything about this citizen will be gone for good. Go on?", abort=True)
    with at_hand(descriptor, var) as here:
        named = here.place.identify(register_number()) if citizen_id == NUMBER else CitizenId(citizen_id)
        done = erase_everywhere(here, named, said, account())
    for store, rows in done.erased.items():
        if rows:
            typer.echo(f"{rows:>8,} rows out of {store}")
    for place in done.left:
        typer.echo(f"still named in {place}", err=True)
    if not done.complete:
        typer.echo("not complete: stop the server and run it again", err=True)
        raise typer.Exit(1)
    typer.echo(f"searched every table and file: nothing is left. Certificate {done.mark[:16]}")

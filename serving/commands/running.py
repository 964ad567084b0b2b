"""`herald serve` and `herald client`: imports wait until a command runs, so that `herald --help` stays quick."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

DescriptorFile = Annotated[Path, typer.Argument(help="the dataset's descriptor, as given to `herald ingest`")]
Var = Annotated[Path | None, typer.Option(help="folder of local state; default: the setting HERALD_FEATURES_VAR")]

PortalName = Annotated[str, typer.Argument(help="the portal's client id")]

client = typer.Typer(help="Portals: OAuth2 clients of the API.", no_args_is_help=True)


class ScopeName(StrEnum):
    """The scopes a portal may be given; `serving.access.scopes` says what each is for."""

    RECOMMEND = "recommend"
    FACTS = "facts:write"
    FEEDBACK = "feedback"
    OPERATE = "operate"
    COUNTER = "counter"
    AUDIT = "audit"


def serve(
    descriptor: DescriptorFile,
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port; 0 takes a free one")] = None,
    var: Var = None,
) -> None:
    """Start the API and the delivery of notifications."""
    from serving.server import run

    given = {"host": host, "port": port}
    run(descriptor, var, {name: value for name, value in given.items() if value is not None})


def deliver(descriptor: DescriptorFile, var: Var = None) -> None:
    """Run further delivery workers beside a server, here or on another machine, until told to stop."""
    from serving.commands.deliver_run import run

    run(descriptor, var)


def intake(descriptor: DescriptorFile, var: Var = None) -> None:
    """Take life events and attributes from the broker of HERALD_INTAKE_BROKER_URL; as many processes as you like."""
    from serving.commands.intake_run import run

    run(descriptor, var)


def nightly(descriptor: DescriptorFile, var: Var = None) -> None:
    """Decide on everybody once: dates reached, deadlines, freed caps. Run it daily; a run that was killed goes on."""
    from rich.console import Console
    from rich.progress import Progress

    from serving.commands.nightly_run import run

    with Progress(console=Console(stderr=True)) as bars:
        task = bars.add_task("citizens", total=None)
        counts = run(descriptor, var, lambda done, of: bars.update(task, completed=done, total=of))
    typer.echo(
        f"{counts.decided} citizens decided on, {counts.pushed} notifications planned, {counts.unknown} not in the "
        f"online store, {counts.left} done earlier today, {counts.failed} failed"
    )
    for reason in counts.reasons:
        typer.echo(f"failed: {reason}", err=True)
    if counts.failed:
        raise typer.Exit(1)


@client.command("add")
def add(
    descriptor: DescriptorFile,
    name: PortalName,
    scope: Annotated[list[ScopeName], typer.Option(help="what it may do; may be given more than once")],
    var: Var = None,
) -> None:
    """Register a portal and print its secret, this once."""
    from serving.access.portals import add_portal

    secret = add_portal(descriptor, var, name, [one.value for one in scope])
    typer.echo(f"client_id     {name}")
    typer.echo(f"client_secret {secret}")


@client.command("list")
def show(descriptor: DescriptorFile, var: Var = None) -> None:
    """Show every portal with its scopes."""
    from serving.access.portals import list_portals

    for each in list_portals(descriptor, var):
        typer.echo(f"{each.name}  {each.added_at:%Y-%m-%d}  {'ended' if each.ended else ' '.join(sorted(each.scopes))}")


@client.command("renew")
def renew(descriptor: DescriptorFile, name: PortalName, var: Var = None) -> None:
    """Give a portal another secret and print it, this once; the one before opens nothing from now on."""
    from serving.access.portals import renew_portal

    secret = renew_portal(descriptor, var, name)
    typer.echo(f"client_id     {name}")
    typer.echo(f"client_secret {secret}")


@client.command("end")
def end(descriptor: DescriptorFile, name: PortalName, var: Var = None) -> None:
    """Let a portal sign in no more, and call it no more; `renew` takes it back."""
    from serving.access.portals import end_portal

    left_s = end_portal(descriptor, var, name)
    typer.echo(f"{name} signs in no more; a token that it holds ends within {left_s} s")


@client.command("citizen-token")
def citizen_token(
    register_number: Annotated[str, typer.Argument(help="the citizen's register number")],
    minutes: Annotated[int, typer.Option(help="minutes for which it is valid")] = 60,
) -> None:
    """Print a citizen's own token, as an identity provider would give it; in development mode only."""
    from serving.access.portals import development_citizen_token

    typer.echo(development_citizen_token(register_number, minutes))

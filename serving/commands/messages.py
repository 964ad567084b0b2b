"""`herald notify preview`: what a citizen would read; imports wait until a command runs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

notify = typer.Typer(help="Messages to citizens.", no_args_is_help=True)


class ChannelName(StrEnum):
    """The channels that messages are worded for."""

    EMAIL = "email"
    SMS = "sms"
    WEBPUSH = "webpush"
    LETTER = "letter"
    COUNTER = "counter"
    WEBHOOK = "webhook"


class KindName(StrEnum):
    """What a message is for."""

    TOLD = "told"
    QUESTION = "question"
    REMINDER = "reminder"
    CORRECTION = "correction"


@notify.callback()
def group() -> None:
    """Messages to citizens."""


@notify.command("push-key")
def push_key() -> None:
    """Make a key for Web Push and print it, this once."""
    from serving.channels.vapid import new_pair

    pair = new_pair()
    typer.echo(f"HERALD_CHANNELS_PUSH_PRIVATE_KEY={pair.private}")
    typer.echo(f"public key for browsers: {pair.public}")


@notify.command()
def letters() -> None:
    """Print the letters that wait as one batch: a folder with pages and a manifest. Run it as often as you like."""
    from serving.channels.letters_command import print_batch

    batch = print_batch()
    typer.echo("no letter waits" if batch is None else f"{batch.letters} letters in {batch.folder}")


@notify.command()
def desk(
    descriptor: Annotated[Path, typer.Argument(help="the dataset's descriptor")],
    portal: Annotated[str, typer.Argument(help="client id of the counter's portal, which has the scope counter")],
    authority: Annotated[list[str] | None, typer.Option(help="id of an authority; may be given more than once")] = None,
    district: Annotated[list[str] | None, typer.Option(help="a district; may be given more than once")] = None,
    var: Annotated[Path | None, typer.Option(help="folder of local state")] = None,
) -> None:
    """Say whom a counter's desk is to tell in person: those of these authorities and districts, instead of before."""
    from serving.commands.desks import put_desk

    waiting, unseen = put_desk(descriptor, var, portal, authority or (), district or ())
    typer.echo(f"{waiting} people wait on its worklist")
    if unseen:
        typer.echo(f"{unseen} people wait on no desk's: give their authority or district to one")


@notify.command()
def preview(  # the options of a command line
    descriptor: Annotated[Path, typer.Argument(help="the dataset's descriptor")],
    service: Annotated[str | None, typer.Option(help="one public service; else every one")] = None,
    channel: Annotated[ChannelName | None, typer.Option(help="one channel; else every one")] = None,
    language: Annotated[str | None, typer.Option(help="one language; else every one of the dataset")] = None,
    kind: Annotated[KindName, typer.Option(help="what the message is for")] = KindName.TOLD,
    out: Annotated[Path | None, typer.Option(help="write files there (text, HTML, PDF) instead")] = None,
) -> None:
    """Show exactly what a citizen would read, by channel and language; nothing is sent."""
    from serving.messages.previewing import sheets, show, write

    found = sheets(descriptor, service, channel and channel.value, language, kind.value)
    if out is None:
        for sheet in found:
            typer.echo(show(sheet))
        return
    typer.echo(f"{write(found, out)} files in {out}")

"""`herald stop` and `herald resume`: they write to the database, so they work when no server answers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from recommender.errors import SetupError
from recommender.stops import Reach, Stop, Stopped

if TYPE_CHECKING:
    from serving.delivery.stopping import Stopping

DescriptorFile = Annotated[Path, typer.Argument(help="the dataset's descriptor, as given to `herald ingest`")]
Var = Annotated[Path | None, typer.Option(help="folder of local state; default: the setting HERALD_FEATURES_VAR")]
Service = Annotated[str | None, typer.Option(help="id of a public service")]
Authority = Annotated[str | None, typer.Option(help="id of an authority")]
Channel = Annotated[str | None, typer.Option(help="name of a channel")]
Everything = Annotated[bool, typer.Option("--all", help="everything, on every channel")]
Person = Annotated[str, typer.Option(help="your name; default: the account that runs this command")]


def stop(  # noqa: PLR0913  # the options of a command line
    descriptor: DescriptorFile,
    service: Service = None,
    authority: Authority = None,
    channel: Channel = None,
    everything: Everything = False,
    because: Annotated[str, typer.Option(help="why, for the record")] = "",
    by: Person = "",
    listed: Annotated[bool, typer.Option("--list", help="show what is stopped, and change nothing")] = False,
    history: Annotated[bool, typer.Option(help="with --list: what was lifted too")] = False,
    var: Var = None,
) -> None:
    """Stop telling about a service, by an authority, on a channel, or at all: within a second, queued included."""
    with _stopping(descriptor, var) as desk:
        if listed:
            _table(desk.listed(lifted=history))
            return
        of = _named(service, authority, channel, everything)
        account = _account()
        found, new = desk.stop(of, because, by or account, account)
    _say(f"stopped: {of}" if new else f"stopped before: {of}, {_words(found)}")


def resume(  # noqa: PLR0913  # the options of a command line
    descriptor: DescriptorFile,
    service: Service = None,
    authority: Authority = None,
    channel: Channel = None,
    everything: Everything = False,
    because: Annotated[str, typer.Option(help="why, for the record")] = "",
    by: Person = "",
    var: Var = None,
) -> None:
    """Lift a stop: what waited goes now, unless its deadline has passed."""
    of = _named(service, authority, channel, everything)
    with _stopping(descriptor, var) as desk:
        account = _account()
        found = desk.resume(of, because, by or account, account)
    _say(f"resumed: {of}, {_words(found)}")


def _named(service: str | None, authority: str | None, channel: str | None, everything: bool) -> Stopped:
    given = [(Reach.SERVICE, service), (Reach.AUTHORITY, authority), (Reach.CHANNEL, channel)]
    found = [Stopped.of(reach, name) for reach, name in given if name is not None]
    found += [Stopped(Reach.EVERYTHING)] if everything else []
    if len(found) != 1:
        raise SetupError("name exactly one thing", mend="--service ID, --authority ID, --channel NAME or --all")
    return found[0]


@contextmanager
def _stopping(descriptor_file: Path, var: Path | None) -> "Iterator[Stopping]":
    from serving.commands.at_hand import at_hand
    from serving.delivery.stopping import Stopping

    with at_hand(descriptor_file, var) as here:
        yield Stopping(here.database, here.clock, here.catalogue)


def _account() -> str:
    from serving.versions.publishing import account

    return account()


def _words(stop: Stop) -> str:
    return f"stopped by {stop.said.by} at {stop.said.at:%Y-%m-%d %H:%M:%S} UTC: {stop.said.because}"


def _table(found: Sequence[Stop]) -> None:
    if not found:
        _say("nothing is stopped")
    for each in found:
        lifted = each.lifted
        end = "" if lifted is None else f"; lifted by {lifted.by} at {lifted.at:%Y-%m-%d %H:%M:%S} UTC"
        _say(f"{each.stopped}: {_words(each)}{end}")


def _say(line: str) -> None:
    Console().print(line, highlight=False, markup=False, soft_wrap=True)

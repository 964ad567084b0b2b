"""`herald recall`: imports wait until the command runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from recommender.errors import SetupError

if TYPE_CHECKING:
    from serving.database.recalls import Because, Listed

DescriptorFile = Annotated[Path, typer.Argument(help="the dataset's descriptor, as given to `herald ingest`")]
Var = Annotated[Path | None, typer.Option(help="folder of local state; default: the setting HERALD_FEATURES_VAR")]


def recall(  # noqa: PLR0913  # the options of a command line
    descriptor: DescriptorFile,
    service: Annotated[str | None, typer.Option(help="id of a public service")] = None,
    catalogue: Annotated[str | None, typer.Option(help="a version of the catalogue, or how it begins")] = None,
    model: Annotated[str | None, typer.Option(help="a version of the model")] = None,
    because: Annotated[str, typer.Option(help="why, for the record; no citizen reads it")] = "",
    by: Annotated[str, typer.Option(help="your name; default: the account that runs this command")] = "",
    since: Annotated[
        str | None, typer.Option(help="only what was decided from this day or instant on (ISO 8601)")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="list, and change nothing")] = False,
    var: Var = None,
) -> None:
    """Take back what was told because of a service, a catalogue or a model: cancel what waits, correct what was told.

    One line a notification on standard output. Run again it goes on, and takes back only what is new.
    """
    from recommender.clock import SystemClock
    from recommender.stops import Word
    from serving.commands.at_hand import at_hand
    from serving.delivery.recalling import Recalling
    from serving.versions.publishing import account

    reach, name = _named(service, catalogue, model)
    with at_hand(descriptor, var) as here:
        desk = Recalling(here.database, here.clock)
        of = desk.named(reach, name, here.instant(since, "--since"))
        if dry_run:
            found = list(desk.listed(of))
            for each in found:
                _line(each)
            told = sum(each.told for each in found)
            _say(f"{told} would be corrected, {len(found) - told} cancelled; nothing was changed")
            return
        said = Word(by or account(), account(), because, SystemClock().now())
        done = desk.recall(of, said, _line)
    _say(f"{done.corrected} corrected, {done.cancelled} cancelled before they reached anybody")


def _named(service: str | None, catalogue: str | None, model: str | None) -> "tuple[Because, str]":
    from serving.database.recalls import Because

    given = {Because.SERVICE: service, Because.CATALOGUE: catalogue, Because.MODEL: model}
    found = [(reach, name) for reach, name in given.items() if name]
    if len(found) != 1:
        raise SetupError("name exactly one thing", mend="--service ID, --catalogue VERSION or --model VERSION")
    return found[0]


def _line(each: "Listed") -> None:
    state = "told" if each.told else "waiting"
    words = (state, f"{each.created_at:%Y-%m-%dT%H:%M:%SZ}", each.notification_id, each.citizen_id)
    typer.echo("\t".join((*words, ",".join(each.services))))


def _say(line: str) -> None:
    Console(stderr=True).print(line, highlight=False, markup=False, soft_wrap=True)

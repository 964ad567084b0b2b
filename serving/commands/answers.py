"""`herald why` and `herald explain`: both open one person's record, so both ask a purpose and write it down.

Imports wait until a command runs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from features.explain_commands import DESCRIPTOR, NUMBER, register_number
from features.explain_commands import explain as explained

if TYPE_CHECKING:
    from recommender.identifiers import CitizenId
    from serving.commands.at_hand import AtHand

Citizen = Annotated[str, typer.Argument(help="The citizen's pseudonym; - asks for a register number.")]
Service = Annotated[str, typer.Argument(help="Id of the public service.")]
Purpose = Annotated[str, typer.Option(help="Why the record is opened; kept, and shown to the citizen.")]
Language = Annotated[str | None, typer.Option(help="Language of the words; else the citizen's own.")]
Dataset = Annotated[Path, typer.Option(help="The descriptor.")]
Var = Annotated[Path | None, typer.Option(help="Folder for local state; else the setting, else var/.")]


def explain(  # noqa: PLR0913  # the options of a command line
    citizen: Citizen,
    service: Service,
    purpose: Purpose,
    as_of: Annotated[str | None, typer.Option(help="As known and by the law then (ISO 8601); else now.")] = None,
    language: Language = None,
    dataset: Dataset = DESCRIPTOR,
    catalogue: Annotated[Path | None, typer.Option(help="A draft's folder instead of the descriptor's own.")] = None,
    var: Var = None,
) -> None:
    """Explain whether a citizen may have a public service: each condition, what it looked at, what is missing.

    Read from the registers' extracts; what is sensitive or protected is not named.
    """
    from serving.database.audit import EXPLANATION
    from serving.database.disputes import held_back

    with opening(dataset, var, citizen, purpose, EXPLANATION) as (here, citizen_id):
        explained(str(citizen_id), service, as_of, language, dataset, catalogue, var)
        with here.database.read() as conn:
            disputed = len(held_back(conn, citizen_id))
    if disputed:  # which, is not said: it may be something that is not to be named
        words = f"The citizen disputes {disputed} recorded fact(s): unknown to decisions, not to this page."
        Console().print(words, style="yellow")


def why(  # noqa: PLR0913  # the options of a command line
    citizen: Citizen,
    service: Service,
    purpose: Purpose,
    at: Annotated[str | None, typer.Option(help="As it was then (ISO 8601); else now.")] = None,
    language: Language = None,
    dataset: Dataset = DESCRIPTOR,
    var: Var = None,
) -> None:
    """Tell why a citizen was told of a public service, when and by which channel, or why not; from what was recorded.

    What is sensitive or protected is not named, and no score is given.
    """
    from features.commands import instant
    from features.known_then import find_language
    from serving.answering.why_page import page
    from serving.commands.answering_here import answering
    from serving.database.audit import WHY

    with opening(dataset, var, citizen, purpose, WHY) as (here, citizen_id):
        asked = instant(at, "--at", here.place.descriptor.zone)
        spoken = language or find_language(here.place.workspace, citizen_id)
        said = answering(here).why(citizen_id, service_of(service), asked, spoken)
    Console().print(page(said, here.place.descriptor.zone), highlight=False, markup=False, soft_wrap=True)


@contextmanager
def opening(
    dataset: Path, var: Path | None, citizen: str, purpose: str, what: str
) -> "Iterator[tuple[AtHand, CitizenId]]":
    """A dataset at hand and the citizen whose record is opened, once that is written down. Raises SetupError."""
    from recommender.clock import SystemClock
    from recommender.identifiers import CitizenId
    from serving.access.readings import stated
    from serving.commands.at_hand import at_hand
    from serving.database import audit
    from serving.versions.publishing import account

    said = stated(purpose)
    with at_hand(dataset, var) as here:
        citizen_id = here.place.identify(register_number()) if citizen == NUMBER else CitizenId(citizen)
        opened = audit.opened_now(what, f"console {account()}", said, SystemClock().now())
        with here.database.write() as conn:
            audit.record(conn, citizen_id, opened)
        yield here, citizen_id


def service_of(text: str) -> Any:
    """A public service's id as typed."""
    from recommender.identifiers import ServiceId

    return ServiceId(text.strip())

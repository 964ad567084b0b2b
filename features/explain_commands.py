"""`herald explain`: a citizen's conditions for one public service, one by one, in the terminal."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from recommender.errors import SetupError

DESCRIPTOR = Path("dataset.yaml")
NUMBER = "-"
"""Stands for a register number, asked for so that it is in neither the shell's history nor the list of processes."""


def explain(  # noqa: PLR0913  # the options of a command line
    citizen: Annotated[str, typer.Argument(help="The citizen's pseudonym; - asks for a register number.")],
    service: Annotated[str, typer.Argument(help="Id of the public service.")],
    as_of: Annotated[str | None, typer.Option(help="As known and by the law then (ISO 8601); else now.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the words; else the citizen's own.")] = None,
    dataset: Annotated[Path, typer.Option(help="The descriptor.")] = DESCRIPTOR,
    catalogue: Annotated[Path | None, typer.Option(help="A draft's folder instead of the descriptor's own.")] = None,
    var: Annotated[Path | None, typer.Option(help="Folder for local state; else the setting, else var/.")] = None,
) -> None:
    """Explain whether a citizen may have a public service: each condition, what it looked at, what is missing.

    Read from the registers' extracts; what is sensitive or protected is not named.
    """
    from features.commands import instant, opened
    from features.explain_page import page
    from features.explaining import Explainer
    from recommender.clock import SystemClock
    from recommender.identifiers import CitizenId

    descriptor, workspace = opened(dataset, var)
    at = instant(as_of, "--as-of", descriptor.zone) or SystemClock().now()
    explainer = Explainer.open(descriptor, workspace, catalogue)
    citizen_id = explainer.identify(register_number()) if citizen == NUMBER else CitizenId(citizen)
    explained = explainer.explain(citizen_id, service, at, language)
    Console().print(page(explained), highlight=False, soft_wrap=False)


def register_number() -> str:
    """One line that is typed unseen, or comes through a pipe. Raises SetupError when it is blank."""
    typed = str(typer.prompt("register number", hide_input=True)) if sys.stdin.isatty() else sys.stdin.readline()
    if not typed.strip():
        raise SetupError("no register number was given", mend="type it, or send it through a pipe")
    return typed

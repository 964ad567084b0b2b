"""The command `herald`: each package registers its sub-commands as entry points, so this module imports no app."""

import sys
from importlib.metadata import entry_points

import typer
from rich.console import Console

from recommender.disk import room_for
from recommender.errors import HeraldError

COMMANDS = "herald.commands"


def build() -> typer.Typer:
    """The command with every registered sub-command, in alphabetical order."""
    app = typer.Typer(
        help="Herald tells each citizen which public services they need, before they ask.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for point in sorted(entry_points(group=COMMANDS), key=lambda point: point.name):
        loaded = point.load()
        if isinstance(loaded, typer.Typer):
            app.add_typer(loaded, name=point.name)
        else:
            app.command(point.name)(loaded)
    return app


def main() -> None:
    """Run one command. What Herald raises on purpose, and a full disk, is one line on stderr and exit code 2."""
    try:
        with room_for("herald"):
            build()()
    except HeraldError as error:
        Console(stderr=True, soft_wrap=True).print(f"herald: {error}", markup=False, highlight=False)
        sys.exit(2)


if __name__ == "__main__":
    main()

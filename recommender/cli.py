"""The command `herald`: each package registers its sub-commands as entry points, so this module imports no app.

An entry point `publish` is the command `herald publish`, or a group when it is a Typer. `catalogue.publish` is the
command `herald catalogue publish`: the commands of one group may come from several packages.
"""

import sys
from importlib.metadata import EntryPoint, entry_points

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
    points = sorted(entry_points(group=COMMANDS), key=lambda point: point.name)
    for point in points:
        if "." in point.name:
            continue
        loaded = point.load()
        if isinstance(loaded, typer.Typer):
            within = [each for each in points if each.name.startswith(f"{point.name}.")]
            app.add_typer(_with(loaded, within), name=point.name)
        else:
            app.command(point.name)(loaded)
    return app


def _with(group: typer.Typer, points: list[EntryPoint]) -> typer.Typer:
    """A group with further commands; the one that its package made stays as it was."""
    if not points:
        return group
    whole = typer.Typer(help=group.info.help, no_args_is_help=True)
    whole.registered_commands = list(group.registered_commands)
    whole.registered_groups = list(group.registered_groups)
    for point in points:
        whole.command(point.name.partition(".")[2])(point.load())
    return whole


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

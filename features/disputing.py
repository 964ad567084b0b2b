"""Citizens who dispute a fact, kept beside the offline store: nobody learns from their record until it is settled."""

import json
from collections.abc import Iterable

from features.workspace import Workspace, write_json
from recommender.errors import WorkspaceError


def keep_disputing(workspace: Workspace, citizens: Iterable[str]) -> None:
    """Write down everybody who disputes anything now, in place of those before."""
    write_json(workspace.disputing_file, sorted(citizens))


def disputing(workspace: Workspace) -> frozenset[str]:
    """Who disputes a fact. Raises WorkspaceError when it cannot be read: training then waits."""
    try:
        found = json.loads(workspace.disputing_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError) as error:
        raise WorkspaceError(
            f"{workspace.disputing_file} cannot be read", mend="restart the server, which writes it anew"
        ) from error
    return frozenset(found)

"""The record of what was loaded. It is replaced whole, so it is the instant at which a load happens or does not."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from features.workspace import Workspace, write_json
from recommender.errors import WorkspaceError

AFRESH = "remove that folder and run `herald ingest` again: it holds nothing that the tables do not"


@dataclass(frozen=True, slots=True)
class Loaded:
    """One load of one file.

    batch   : names its Parquet files, one for each of `kinds`.   source : digest of the file.   spec : of its columns.
    later   : facts left out because they became known after `through` (ISO 8601; None: everything was taken).
    extract : for snapshots, the extract's time.   erased : facts dropped because their citizen was erased.
    """

    table: str
    register: str
    authority: str
    file: str
    batch: str
    source: str
    spec: str
    kinds: tuple[str, ...]
    rows: int
    facts: int
    rejected: int
    later: int
    through: str | None = None
    extract: str | None = None
    erased: int = 0


def read_ledger(workspace: Workspace) -> list[Loaded]:
    """Every load, in order; empty before the first. Raises WorkspaceError when the record is damaged."""
    file = workspace.registers_file
    if not file.is_file():
        return []
    try:
        lines = json.loads(file.read_text(encoding="utf-8"))
        return [Loaded(**{**line, "kinds": tuple(line["kinds"])}) for line in lines]
    except (OSError, TypeError, ValueError, KeyError) as error:
        raise WorkspaceError(f"{file} cannot be read; {file.parent} is of another version", mend=AFRESH) from error


def write_ledger(workspace: Workspace, lines: Sequence[Loaded]) -> None:
    """Replace the record: from now on these loads count."""
    write_json(workspace.registers_file, [asdict(line) for line in lines])


def batch_file(workspace: Workspace, kind: str, line: Loaded) -> Path:
    """Where the facts of one kind of a load lie."""
    return workspace.facts / kind / line.table / f"{line.batch}.parquet"


def batch_files(workspace: Workspace, kind: str, table: str | None = None) -> list[Path]:
    """The files that hold a kind of fact, of one table or of all; files of an unfinished load are not among them."""
    wanted = [line for line in read_ledger(workspace) if kind in line.kinds and table in (None, line.table)]
    return [batch_file(workspace, kind, line) for line in wanted]


def extract_file(workspace: Workspace, kind: str, line: Loaded) -> Path:
    """Where an extract is kept for the next one to be compared with."""
    return workspace.snapshots / line.table / f"{line.batch}-{kind}.parquet"

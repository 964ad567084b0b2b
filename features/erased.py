"""Who was erased: a keyed mark that names nobody, by which every later load knows whose facts it must drop."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import polars as pl

from features.workspace import Workspace, write_json
from recommender.errors import WorkspaceError

MARK = "citizen_id"


@dataclass(frozen=True)
class Erased:
    """The marks of a workspace. key : gives the identity key; asked only when somebody was erased."""

    marks: frozenset[str]
    key: Callable[[], bytes]

    @classmethod
    def read(cls, workspace: Workspace, key: Callable[[], bytes]) -> "Erased":
        """Raises WorkspaceError when they cannot be read: nothing may then be loaded."""
        file = workspace.erased_file
        try:
            return cls(frozenset(json.loads(file.read_text(encoding="utf-8"))), key)
        except FileNotFoundError:
            return cls(frozenset(), key)
        except (OSError, ValueError) as error:
            mend = "restore it from the backup, or write it anew with `herald citizen erase` for each certificate"
            raise WorkspaceError(f"{file} cannot be read", mend=mend) from error

    def holds(self, citizen_id: str) -> bool:
        """Whether the citizen was erased."""
        return bool(self.marks) and mark_of(citizen_id, self.key()) in self.marks

    def kept(self, facts: pl.DataFrame) -> pl.DataFrame:
        """The facts of those who were not erased."""
        if not self.marks:
            return facts
        gone = [citizen for citizen in facts[MARK].unique().to_list() if citizen and self.holds(citizen)]
        return facts.filter(~pl.col(MARK).is_in(gone)) if gone else facts


def mark_of(citizen_id: str, key: bytes) -> str:
    """HMAC-SHA256 of the pseudonym, in hex; without the key it is nobody's."""
    return hmac.new(b"erased:" + key, citizen_id.encode(), hashlib.sha256).hexdigest()


def write_marks(workspace: Workspace, marks: Iterable[str]) -> None:
    """Add marks to those of the workspace; none is ever taken away."""
    former = Erased.read(workspace, lambda: b"").marks
    if not former.issuperset(marks):
        write_json(workspace.erased_file, sorted({*former, *marks}))

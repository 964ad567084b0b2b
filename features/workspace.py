"""Where a dataset's local state lies: one folder under `var/`, rebuildable but for the operational database."""

import json
from dataclasses import dataclass
from pathlib import Path

from recommender.errors import WorkspaceError


@dataclass(frozen=True, slots=True)
class Workspace:
    """Paths of one dataset's state; nothing is made by asking."""

    root: Path

    @property
    def offline(self) -> Path:
        return self.root / "offline"

    @property
    def facts(self) -> Path:
        return self.offline / "facts"

    @property
    def states(self) -> Path:
        return self.offline / "states"

    @property
    def snapshots(self) -> Path:
        return self.offline / "snapshots"

    @property
    def schema_file(self) -> Path:
        return self.offline / "schema.json"

    @property
    def registers_file(self) -> Path:
        return self.offline / "registers.json"

    @property
    def disputing_file(self) -> Path:
        return self.offline / "disputing.json"

    @property
    def erased_file(self) -> Path:
        return self.root / "erased.json"

    @property
    def certificates(self) -> Path:
        return self.root / "erasures"

    @property
    def rejects(self) -> Path:
        return self.root / "rejects"

    @property
    def contacts(self) -> Path:
        return self.root / "contacts.db"

    @property
    def online_db(self) -> Path:
        return self.root / "online.db"

    @property
    def registry(self) -> Path:
        return self.root / "registry.db"

    @property
    def mlflow_db(self) -> Path:
        return self.root.parent / "mlflow.db"

    @property
    def mlflow_artifacts(self) -> Path:
        return self.root.parent / "mlartifacts"

    @property
    def champion(self) -> Path:
        return self.root / "champion"

    @property
    def operational_db(self) -> Path:
        return self.root / "herald.db"

    def need(self, file: Path, mend: str) -> Path:
        """Return `file`. Raises WorkspaceError saying how to make it when it is absent."""
        if not file.exists():
            raise WorkspaceError(f"{file} is missing", mend=mend)
        return file


def write_json(file: Path, content: object) -> None:
    """Write a JSON file whole or not at all."""
    draft_json(file, content).replace(file)


def draft_json(file: Path, content: object) -> Path:
    """Write a JSON file beside its place, to be put there by the caller; nothing is left when it cannot be written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    try:
        draft.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    return draft

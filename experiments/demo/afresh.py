"""A fresh operational database for each demo, and an online store that knows nothing of the last one's events."""

import shutil
import sqlite3

from features.workspace import Workspace

_SIDES = ("", "-wal", "-shm")


def afresh(workspace: Workspace) -> None:
    """Remove the operational database; put the online store back to what was materialised.

    The first run after a materialise keeps a copy of the online store for the next ones: copying it takes a fraction of
    a second, materialising again a quarter of a minute.
    """
    for side in _SIDES:
        workspace.operational_db.with_name(workspace.operational_db.name + side).unlink(missing_ok=True)
    kept = workspace.root / "online.kept.db"
    materialised = workspace.root / "prepared" / "materialise.done"
    if not kept.is_file() or kept.stat().st_mtime < materialised.stat().st_mtime:
        draft = kept.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with sqlite3.connect(workspace.online_db) as source, sqlite3.connect(draft) as target:
            source.backup(target)
        draft.replace(kept)
        return
    for side in _SIDES:
        workspace.online_db.with_name(workspace.online_db.name + side).unlink(missing_ok=True)
    shutil.copyfile(kept, workspace.online_db)

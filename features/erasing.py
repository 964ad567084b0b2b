"""Takes one citizen out of everything beside the operational database: facts, states, extracts, contacts, online store.

Every step may be run again. Rows of others stay as they are, in their order.
"""

import csv
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.descriptor import Descriptor
from features.disputing import disputing, keep_disputing
from features.erased import mark_of, write_marks
from features.ingest.drafting import drafting
from features.settings import FeatureSettings
from features.states import build_states
from features.workspace import Workspace
from recommender.errors import WorkspaceError

ROWS = 100_000
BUSY_S = 30.0


def erase_files(
    citizen_id: str, descriptor: Descriptor, workspace: Workspace, settings: FeatureSettings
) -> dict[str, int]:
    """Rows taken out, by store. The mark comes first, so that no load brings back what goes out here.

    Raises WorkspaceError when an ingest is at work or a store cannot be written; run it again then.
    """
    mark = mark_of(citizen_id, settings.key())
    gone: dict[str, int] = {}
    with drafting(workspace) as draft:
        write_marks(workspace, [mark])
        named = False
        for store, folder in (("facts", workspace.facts), ("extracts", workspace.snapshots)):
            gone[store] = 0
            for file in sorted(folder.rglob("*.parquet")):
                rows, of_others = _rewrite(file, draft.staging / "erased.parquet", citizen_id, mark)
                gone[store] += rows
                named |= of_others
        gone["states"] = sum(
            _rewrite(file, draft.staging / "erased.parquet", citizen_id, mark)[0]
            for file in sorted(workspace.states.glob("*.parquet"))
        )
        gone["rejects"] = _erase_rejects(workspace, draft.staging / "rejects.csv", citizen_id)
    if named:  # a fact of somebody else corrected one of theirs, so that the other's states name it too
        build_states(workspace, descriptor)
    gone["contacts"] = _erase_contacts(workspace, citizen_id)
    gone["disputing"] = _erase_disputing(workspace, citizen_id)
    gone["online"] = _erase_online(workspace, settings, citizen_id)
    return gone


def _rewrite(file: Path, draft: Path, citizen_id: str, mark: str) -> tuple[int, bool]:
    """Write a Parquet file anew without the citizen, if it names them; rows left out, and whether others named them."""
    gone, of_others = 0, False
    with pq.ParquetFile(file) as source:
        schema = source.schema_arrow
        if not any(_touches(batch, citizen_id) for batch in source.iter_batches(batch_size=ROWS)):
            return 0, False
    with pq.ParquetFile(file) as source, pq.ParquetWriter(draft, schema) as writer:
        for batch in source.iter_batches(batch_size=ROWS):
            table = pa.Table.from_batches([batch], schema)
            rest = table.filter(pc.not_equal(table["citizen_id"], citizen_id))
            gone += table.num_rows - rest.num_rows
            if "corrects" in schema.names and pc.any(_names(rest["corrects"], citizen_id)).as_py():
                of_others = True
                place = schema.get_field_index("corrects")
                told = pc.replace_substring(rest["corrects"], citizen_id, f"erased-{mark[:16]}")
                rest = rest.set_column(place, schema.field(place), told.cast(schema.field(place).type))
            writer.write_table(rest)
    draft.replace(file)
    return gone, of_others


def _touches(batch: pa.RecordBatch, citizen_id: str) -> bool:
    own = pc.any(pc.equal(batch["citizen_id"], citizen_id)).as_py()
    return bool(own or ("corrects" in batch.schema.names and pc.any(_names(batch["corrects"], citizen_id)).as_py()))


def _names(column: pa.Array | pa.ChunkedArray, citizen_id: str) -> pa.Array:
    return pc.match_substring(column, citizen_id)


def _erase_rejects(workspace: Workspace, draft: Path, citizen_id: str) -> int:
    """Blank the values of reject lines that name the citizen."""
    gone = 0
    for file in sorted(workspace.rejects.glob("*.csv")):
        with file.open(newline="", encoding="utf-8") as source:
            lines = list(csv.reader(source))
        hit = [line for line in lines if any(citizen_id in cell for cell in line)]
        for line in hit:
            line[:] = ["(erased)" if citizen_id in cell else cell for cell in line]
        if hit:
            with draft.open("w", newline="", encoding="utf-8") as target:
                csv.writer(target, lineterminator="\n").writerows(lines)
            draft.replace(file)
            gone += len(hit)
    return gone


def _erase_contacts(workspace: Workspace, citizen_id: str) -> int:
    return _delete(workspace.contacts, "contact", citizen_id)


def _erase_disputing(workspace: Workspace, citizen_id: str) -> int:
    listed = disputing(workspace)
    if citizen_id not in listed:
        return 0
    keep_disputing(workspace, listed - {citizen_id})
    return 1


def _erase_online(workspace: Workspace, settings: FeatureSettings, citizen_id: str) -> int:
    """SQLite's rows too where Redis is set: the store may have been another one before."""
    gone = _delete(workspace.online_db, "citizen_view", citizen_id)
    if settings.online_store == "redis":
        from features.redis_erasing import erase_in_redis

        gone += erase_in_redis(workspace, settings, citizen_id)
    return gone


def _delete(file: Path, table: str, citizen_id: str) -> int:
    """Delete a citizen's rows and overwrite where they lay, journal included. Raises WorkspaceError when it is busy."""
    if not file.is_file():
        return 0
    try:
        with closing(sqlite3.connect(file, timeout=BUSY_S, isolation_level=None)) as db:
            db.execute("PRAGMA secure_delete = ON")
            there = db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
            gone = db.execute(f"DELETE FROM {table} WHERE citizen_id = ?", (citizen_id,)).rowcount if there else 0
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise WorkspaceError(f"{file}: {error}", mend="run `herald citizen erase` again") from error
    return gone


def counted(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """The counts of an interrupted run and of the one that finished it, together."""
    return {store: before.get(store, 0) + now.get(store, 0) for store in dict.fromkeys((*before, *now))}

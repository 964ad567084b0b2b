"""Looks for one citizen in every byte of a workspace, to prove that nothing is left."""

import mmap
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.workspace import Workspace

ROWS = 100_000
_TEXTS = (pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.string_view(), pa.binary_view())


SHORT = 6
"""A pseudonym of fewer characters is looked for as a whole word: as part of others it would be found everywhere."""


def needles(citizen_id: str) -> tuple[bytes, ...]:
    """The byte strings under which a pseudonym may lie: as text, and as the bytes that hexadecimal digits spell."""
    text = citizen_id.encode()
    if len(citizen_id) < 16 or len(citizen_id) % 2:
        return (text,)
    try:
        return text, bytes.fromhex(citizen_id)
    except ValueError:
        return (text,)


def names(content: bytes | mmap.mmap, citizen_id: str) -> bool:
    """Whether some bytes hold the pseudonym."""
    if len(citizen_id) < SHORT:
        return re.search(rb"(?<![A-Za-z0-9])%b(?![A-Za-z0-9])" % re.escape(citizen_id.encode()), content) is not None
    return any(content.find(needle) >= 0 for needle in needles(citizen_id))


def found_in(workspace: Workspace, citizen_id: str) -> list[str]:
    """Files that still name the citizen, relative to the folder of local state; none is the proof."""
    root = workspace.root.parent
    return [str(file.relative_to(root)) for file in files_of(workspace) if _holds(file, citizen_id)]


def files_of(workspace: Workspace) -> Iterator[Path]:
    """Every file of the dataset, and of the experiments recorded beside it."""
    for place in (workspace.root, workspace.mlflow_artifacts):
        yield from sorted(path for path in place.rglob("*") if path.is_file())
    yield from (path for path in sorted(workspace.root.parent.glob("mlflow.db*")) if path.is_file())


def _holds(file: Path, citizen_id: str) -> bool:
    if not file.stat().st_size:
        return False
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if names(content, citizen_id):
            return True
    return file.suffix == ".parquet" and _in_parquet(file, citizen_id)


def _in_parquet(file: Path, citizen_id: str) -> bool:
    """Parquet is compressed: its texts and byte columns are read."""
    with pq.ParquetFile(file) as source:
        for batch in source.iter_batches(batch_size=ROWS):
            for column in batch.columns:
                kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
                if kind in _TEXTS and any(
                    names(_bytes(each), citizen_id) for each in column.unique().to_pylist() if each
                ):
                    return True
    return False


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value

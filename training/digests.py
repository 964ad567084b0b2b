"""What a run was made of, as digests: tables, descriptor, code. The same three give the same model."""

import hashlib
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from features.descriptor import Descriptor
from features.workspace import Workspace

_ROOMS = ("recommender", "features", "training")


def digest_of_tables(workspace: Workspace) -> dict[str, str]:
    """Per table the digest of the batches of facts held: a batch is named by its content."""
    tables: dict[str, list[str]] = {}
    for file in sorted(workspace.facts.glob("*/*/*.parquet")):
        tables.setdefault(file.parent.name, []).append(f"{file.parent.parent.name}/{file.name}")
    return {name: _short("\n".join(batches).encode()) for name, batches in sorted(tables.items())}


def digest_of_descriptor(descriptor: Descriptor) -> str:
    """Of what the descriptor says, wherever it lies and however it is laid out."""
    return _short(json.dumps(descriptor.model_dump(mode="json", exclude={"folder"}), sort_keys=True).encode())


def code_version() -> str:
    """The release, and a digest of the source of the rooms that training runs through."""
    root = Path(__file__).parents[1]
    told = hashlib.sha256()
    for room in _ROOMS:
        for file in sorted((root / room).rglob("*.py")):
            told.update(f"{file.relative_to(root).as_posix()}\0".encode())
            told.update(file.read_bytes())
    try:
        release = version("herald")
    except PackageNotFoundError:
        release = "0"
    return f"{release}+{told.hexdigest()[:16]}"


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]

"""What a run was made of, as digests: tables, descriptor, catalogue, code, libraries. Equal ones give equal models."""

import hashlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from features.descriptor import Descriptor
from features.workspace import Workspace

LIBRARIES = ("lightgbm", "mlflow", "numpy", "polars", "scikit-learn")
"""Those whose version may change a model's bytes or how it is read."""
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


def digest_of_catalogue(descriptor: Descriptor) -> str:
    """Of the files of the descriptor's catalogue, by name; empty where it names none."""
    folder = descriptor.catalogue_folder
    if folder is None or not folder.is_dir():
        return ""
    told = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        told.update(f"{file.relative_to(folder).as_posix()}\0".encode())
        told.update(file.read_bytes())
    return told.hexdigest()[:32]


def digest_of_arrays(*arrays: npt.NDArray[np.generic]) -> str:
    """Of what examples hold, in order; who they are takes no part in it."""
    told = hashlib.sha256()
    for array in arrays:
        told.update(f"{array.dtype}{array.shape}".encode())
        told.update(np.ascontiguousarray(array).data)
    return told.hexdigest()[:32]


def environment() -> dict[str, str]:
    """The versions of what computes: Python, the machine's kind, and the libraries."""
    told = {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
    return told | {name: version(name) for name in LIBRARIES}


def _short(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]

"""What the benchmark measures on: a small city's workspace, with a generated catalogue of 60 public services."""

import os
import subprocess
import sys
from pathlib import Path

import yaml

SERVICES = 60
CITY = Path(__file__).parents[1] / "city"
MONTHS = 60


def prepare(var: Path, citizens: int) -> Path:
    """Build, ingest, train and put online; the descriptor of the city with the generated catalogue.

    Done once for a folder: the marks are the files that each step leaves.
    """
    folder = var / "bench"
    descriptor = generated(folder / "made")
    tables, root = folder / f"city-{citizens}", str(folder)
    if not (tables / "residents.parquet").is_file():
        _herald("city", str(tables), "--citizens", str(citizens), "--months", str(MONTHS))
    steps = [("ingest", "--tables", str(tables)), ("train",), ("materialise",)]
    done = folder / "city" / f"prepared-{citizens}"
    if not done.is_file():
        for name, *more in steps:
            _herald(name, str(descriptor), *more, "--var", root)
        done.write_text("done")
    return descriptor


def generated(folder: Path) -> Path:
    """Write the city's descriptor with a catalogue of 60 services: its own, and copies of them under other names.

    A city of more services keeps them all: what its services share names them.
    """
    services = folder / "services"
    services.mkdir(parents=True, exist_ok=True)
    files = sorted((CITY / "services").glob("*.yaml"))
    for shared in (file for file in files if file.name.startswith("_")):
        (services / shared.name).write_text(shared.read_text(encoding="utf-8"), encoding="utf-8")
    own = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files if not file.name.startswith("_")]
    for number in range(max(SERVICES, len(own))):
        service = dict(own[number % len(own)])
        if number >= len(own):
            service["id"] = f"{service['id']}_{number // len(own) + 1}"
        target = services / f"{service['id']}.yaml"
        target.write_text(yaml.safe_dump(service, allow_unicode=True, sort_keys=False), encoding="utf-8")
    descriptor = folder / "dataset.yaml"
    descriptor.write_text((CITY / "dataset.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    return descriptor


def _herald(*arguments: str) -> None:
    environment = {**os.environ, "HERALD_FEATURES_DEVELOPMENT": "true"}  # nobody in this city is real
    subprocess.run([sys.executable, "-m", "recommender.cli", *arguments], check=True, env=environment)

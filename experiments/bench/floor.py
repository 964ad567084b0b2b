"""The bare floor: the same kind of server and route, one Feast read of 40 features, one Booster call on 60 rows.

Run as a process of its own (`python -m experiments.bench.floor FOLDER PORT`), so that it competes for nothing with what
it is compared to. Feast's own SQLite store, a Booster of 300 trees over 61 columns, one thread: what any team would
write.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import uvicorn
from fastapi import FastAPI
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig
from feast.types import Float64

FEATURES = 40
COLUMNS = 61
ROWS = 60
CITIZENS = 2_000
TREES = 300


def store(folder: Path) -> FeatureStore:
    """A Feast store with one wide view of 40 numbers for 2,000 citizens, online in Feast's own SQLite."""
    names = [f"f{i}" for i in range(FEATURES)]
    source = folder / "floor.parquet"
    config = RepoConfig(
        project="floor",
        provider="local",
        registry=str(folder / "floor_registry.db"),
        online_store={"type": "sqlite", "path": str(folder / "floor_online.db")},
        offline_store={"type": "duckdb"},
        entity_key_serialization_version=3,
    )
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.random((CITIZENS, FEATURES)), columns=names)
    frame["citizen_id"] = [f"c{i}" for i in range(CITIZENS)]
    frame["known_at"] = pd.Timestamp(datetime(2025, 1, 1, tzinfo=UTC)).as_unit("us")
    frame.to_parquet(source)
    opened = FeatureStore(config=config)
    citizen = Entity(name="citizen", join_keys=["citizen_id"])
    view = FeatureView(
        name="wide",
        entities=[citizen],
        schema=[Field(name=name, dtype=Float64) for name in names],
        source=FileSource(path=str(source), timestamp_field="known_at"),
    )
    opened.apply([citizen, view])
    opened.write_to_online_store("wide", frame)
    return opened


def booster() -> lightgbm.Booster:
    """300 trees over 61 columns, trained on noise with a signal, as big as a champion."""
    rng = np.random.default_rng(0)
    x = rng.random((20_000, COLUMNS))
    y = (x[:, 0] + 0.3 * rng.random(20_000) > 0.8).astype(int)
    parameters = {"objective": "binary", "num_leaves": 31, "verbose": -1, "num_threads": 2, "seed": 0}
    return lightgbm.train(parameters, lightgbm.Dataset(x, y), num_boost_round=TREES)


def app(folder: Path) -> FastAPI:
    """Two routes: `/empty` does nothing, `/floor/{citizen_id}` reads and scores."""
    opened, model = store(folder), booster()
    refs = [f"wide:f{i}" for i in range(FEATURES)]
    matrix = np.zeros((ROWS, COLUMNS))
    api = FastAPI()

    @api.get("/empty")
    def empty() -> dict[str, str]:
        return {"status": "ok"}

    @api.get("/floor/{citizen_id}")
    def floor(citizen_id: str) -> dict[str, list[float]]:
        read = opened.get_online_features(features=refs, entity_rows=[{"citizen_id": citizen_id}]).to_dict()
        rows = matrix.copy()
        rows[:, :FEATURES] = [read[ref.split(":")[1]][0] for ref in refs]
        return {"scores": [float(p) for p in model.predict(rows, num_threads=1)]}

    return api


if __name__ == "__main__":
    uvicorn.run(app(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")

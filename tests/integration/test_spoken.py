"""A register's language reaches whoever writes messages, as soon as it is ingested."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import yaml

from features.descriptor import load_descriptor
from features.ingest.run import ingest
from features.testing.loading import SETTINGS
from features.workspace import Workspace
from recommender.clock import FixedClock
from recommender.identifiers import CitizenId
from serving.deciding.spoken import RegisteredLanguages

NOW = datetime(2031, 3, 5, tzinfo=UTC)
DESCRIPTOR = {
    "dataset": "town",
    "time_zone": "UTC",
    "horizon": "P1Y",
    "decision_times": "yearly",
    "languages": ["en", "zh"],
    "needs": {"moved": {"event": "moved", "services": ["moving_help"]}},
    "tables": {
        "people": {
            "register": "population", "authority": "Registry", "kind": "history", "file": "people*.parquet",
            "columns": {"who": "pseudonym", "as_of": "as_of", "told": "known", "speaks": "language"},
        }
    },
}  # fmt: skip


def write(folder: Path, name: str, rows: list[tuple[str, datetime, str]]) -> None:
    frame = pl.DataFrame(rows, schema=["who", "as_of", "speaks"], orient="row")
    frame.with_columns(told=pl.col("as_of")).write_parquet(folder / name)


def test_the_latest_word_of_a_register_counts_and_a_new_one_is_taken_up(tmp_path: Path) -> None:
    (tmp_path / "town.yaml").write_text(yaml.safe_dump(DESCRIPTOR))
    descriptor, workspace = load_descriptor(tmp_path / "town.yaml"), Workspace(tmp_path / "var")
    day = datetime(2030, 1, 1, tzinfo=UTC)
    write(
        tmp_path, "people1.parquet", [("anna", day, "en"), ("anna", day + timedelta(days=9), "zh"), ("bert", day, "en")]
    )
    ingest(descriptor, tmp_path, workspace, settings=SETTINGS)
    clock = FixedClock(NOW)
    spoken = RegisteredLanguages(workspace, clock, "en")
    assert spoken(CitizenId("anna")) == "zh"
    assert spoken(CitizenId("bert")) is None, "the dataset's first language needs no word"
    assert spoken(CitizenId("nobody")) is None
    write(tmp_path, "people2.parquet", [("bert", day + timedelta(days=20), "zh")])
    ingest(descriptor, tmp_path, workspace, settings=SETTINGS)
    clock.move(timedelta(seconds=11))
    assert spoken(CitizenId("bert")) == "zh"

"""What counts as the need: within (t, t+H], as known by the cut, corrections included."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from features.descriptor import Descriptor, load_descriptor
from features.ingest.run import ingest
from features.settings import FeatureSettings
from features.workspace import Workspace
from recommender.adapters.settings import read_settings
from training.labels import need_labels

CUT = datetime(2022, 6, 30, tzinfo=UTC)
DECIDED = datetime(2020, 12, 31, tzinfo=UTC)
DESCRIPTOR: dict[str, Any] = {
    "dataset": "town",
    "time_zone": "UTC",
    "horizon": "P1Y",
    "decision_times": "yearly",
    "needs": {"moved": {"event": "moved"}},
    "tables": {
        "events": {
            "register": "population",
            "authority": "Registry",
            "kind": "history",
            "file": "events.csv",
            "columns": {
                "id": "fact_id", "person": "pseudonym", "what": "event_type", "on": "happened", "told": "known",
                "corrects": "corrects", "withdrawn": "withdrawn",
            },
        }
    },
}  # fmt: skip


def label(folder: Path, *lines: str) -> float:
    """The label of ann, decided at the end of 2020, by what was told by the cut."""
    (folder / "town.yaml").write_text(yaml.safe_dump(DESCRIPTOR))
    rows = ["id,person,what,on,told,corrects,withdrawn", *lines]
    (folder / "events.csv").write_text("\n".join(rows) + "\n")
    descriptor: Descriptor = load_descriptor(folder / "town.yaml")
    workspace = Workspace(folder / "var/town")
    ingest(descriptor, folder, workspace, settings=read_settings(FeatureSettings, development=True))
    asked = pl.DataFrame({"citizen_id": ["ann"], "as_of": [DECIDED]})
    found = need_labels(workspace, descriptor, asked, CUT)
    assert found.shape == (1, 1)
    assert not np.isnan(found).any()
    return float(found[0, 0])


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ("2020-12-30", 0.0),
        ("2020-12-31T00:00:00", 0.0),
        ("2020-12-31T00:00:01", 1.0),
        ("2021-06-15", 1.0),
        ("2021-12-31T00:00:00", 1.0),
        ("2021-12-31T00:00:01", 0.0),
    ],
)
def test_the_window_begins_after_the_decision_and_ends_with_the_horizon(
    happened: str, expected: float, tmp_path: Path
) -> None:
    assert label(tmp_path, f"a,ann,moved,{happened},2022-01-15,,") == expected


@pytest.mark.parametrize(("told", "expected"), [("2022-06-30", 1.0), ("2022-07-01", 0.0)])
def test_what_became_known_after_the_cut_is_no_label(told: str, expected: float, tmp_path: Path) -> None:
    assert label(tmp_path, f"a,ann,moved,2021-06-15,{told},,") == expected


def test_another_event_and_another_citizen_are_no_label(tmp_path: Path) -> None:
    lines = ("a,ann,hired,2021-06-15,2021-07-01,,", "b,bob,moved,2021-06-15,2021-07-01,,")
    assert label(tmp_path, *lines) == 0.0


@pytest.mark.parametrize(
    ("correction", "told", "expected"),
    [
        ("moved,2019-06-15", "2022-01-31", 0.0),
        ("moved,2019-06-15", "2022-07-31", 1.0),
        ("moved,2021-08-15", "2022-01-31", 1.0),
    ],
)
def test_a_fact_corrected_by_the_cut_counts_as_corrected(
    correction: str, told: str, expected: float, tmp_path: Path
) -> None:
    first = "a,ann,moved,2021-06-15,2021-07-01,,"
    assert label(tmp_path, first, f"b,ann,{correction},{told},a,") == expected


@pytest.mark.parametrize(("told", "expected"), [("2022-01-31", 0.0), ("2022-07-31", 1.0)])
def test_a_fact_withdrawn_by_the_cut_never_happened(told: str, expected: float, tmp_path: Path) -> None:
    first = "a,ann,moved,2021-06-15,2021-07-01,,"
    assert label(tmp_path, first, f"b,ann,moved,2021-06-15,{told},a,true") == expected

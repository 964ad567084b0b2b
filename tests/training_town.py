"""A small town whose hazards are known, so what a model can learn is known too; loaded by the real ingest."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

from features.descriptor import Descriptor, load_descriptor
from features.ingest.run import ingest
from features.settings import FeatureSettings
from features.states import build_states
from features.workspace import Workspace
from recommender.adapters.settings import read_settings

YEARS = tuple(range(2001, 2010))
RISKS = {"moved": (0.05, 0.8), "hired": (0.10, 0.7)}
"""Chance of each event in a year: for most people, and for those of its job and of a middling income.

Neither cells nor a straight line tell the two apart.
"""
MIDDLING = (30.0, 70.0)
JOBS = ("none", "sailor", "trainee")
CAUSES = {"moved": "sailor", "hired": "trainee"}

TOWN: dict[str, Any] = {
    "dataset": "town",
    "title": "A town",
    "time_zone": "UTC",
    "horizon": "P1Y",
    "windows": ["P1Y"],
    "decision_times": "yearly",
    "legal_ground": {"inform": "research_replay"},
    "label_words": "the event, as a stand-in for the need",
    "tables": {
        "people": {
            "register": "population",
            "authority": "Registry",
            "kind": "history",
            "file": "people.parquet",
            "columns": {
                "person": "pseudonym",
                "as_of": "as_of",
                "sect": {"role": "attribute", "type": "category", "protected": True},
                "job": {"role": "attribute", "type": "category"},
                "income": {"role": "attribute", "type": "number"},
                "seen": "observed",
            },
        },
        "events": {
            "register": "population",
            "authority": "Registry",
            "kind": "history",
            "file": "events.parquet",
            "columns": {"person": "pseudonym", "what": "event_type", "on": "happened", "told": "known"},
        },
    },
    "needs": {name: {"event": name, "services": []} for name in RISKS},
}


@dataclass(frozen=True, slots=True)
class Town:
    """The tables, and per person and year the true chances of next year's events, shape (people, years, events)."""

    people: pl.DataFrame
    events: pl.DataFrame
    chances: np.ndarray[tuple[int, ...], np.dtype[np.float64]]

    def load(self, folder: Path, through: datetime | None = None, **changes: object) -> tuple[Descriptor, Workspace]:
        """Write the tables and ingest them into a workspace. changes: keys of the descriptor to replace."""
        descriptor = self.write(folder, **changes)
        workspace = Workspace(folder / "var" / "town")
        settings = read_settings(FeatureSettings, development=True)
        ingest(descriptor, folder, workspace, settings=settings, known_through=through)
        build_states(workspace, descriptor)
        return descriptor, workspace

    def write(self, folder: Path, **changes: object) -> Descriptor:
        """Write tables and descriptor."""
        folder.mkdir(parents=True, exist_ok=True)
        self.people.write_parquet(folder / "people.parquet")
        self.events.write_parquet(folder / "events.parquet")
        (folder / "town.yaml").write_text(yaml.safe_dump({**TOWN, **changes}, sort_keys=False))
        return load_descriptor(folder / "town.yaml")


def build_town(people: int = 1200, seed: int = 0, share_seen: float = 1.0) -> Town:
    """Everybody's job is drawn anew each year; job and income at the end of Y alone decide the chances of Y + 1."""
    random = np.random.default_rng(seed)
    n, m = people, len(YEARS)
    jobs = random.integers(len(JOBS), size=(n, m))
    income = random.uniform(0, 100, size=(n, m)).round(1)
    middling = (income > MIDDLING[0]) & (income < MIDDLING[1])
    chances = np.stack(
        [np.where((jobs == JOBS.index(CAUSES[e])) & middling, high, low) for e, (low, high) in RISKS.items()], axis=2
    )
    names = np.repeat([f"p{i:05d}" for i in range(n)], m)
    ends = [datetime(year, 12, 31, tzinfo=UTC) for year in YEARS]
    table = pl.DataFrame(
        {
            "person": names,
            "as_of": ends * n,
            "sect": np.array(["red", "blue"])[random.integers(2, size=n).repeat(m)],
            "job": np.array(JOBS)[jobs.ravel()],
            "income": income.ravel(),
            "seen": random.random(n * m) < share_seen,
        }
    )
    rows = []
    for place, event in enumerate(RISKS):
        happens = random.random((n, m)) < chances[:, :, place]
        for person, year in zip(*np.nonzero(happens), strict=True):
            if year + 1 < m:
                on = datetime(YEARS[year + 1], 6, 15, tzinfo=UTC)
                rows.append((f"p{person:05d}", event, on, on))
    schema = {"person": pl.String, "what": pl.String, "on": pl.Datetime("us", "UTC"), "told": pl.Datetime("us", "UTC")}
    return Town(table, pl.DataFrame(rows, schema=schema, orient="row"), chances)

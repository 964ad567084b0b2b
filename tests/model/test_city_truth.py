"""The city as a model of a city: plausible, with a truth that is calibrated and worth finding."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from experiments.city.baselines import with_baselines
from experiments.city.services import EVENT_NEEDS, NEEDS, SERVICES
from experiments.city.simulate import Built, Plan, build
from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.compiling import all_of, compile_rule

SERVICES_FOLDER = Path(__file__).parents[2] / "experiments/city/services"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Built]:
    folder = tmp_path_factory.mktemp("city")
    return folder, build(folder, Plan(citizens=12_000, months=60, seed=7, truth=4_000))


@pytest.fixture(scope="module")
def truth(made: tuple[Path, Built]) -> pl.DataFrame:
    return with_baselines(made[0], pl.read_parquet(made[0] / "truth.parquet"))


def loss(frame: pl.DataFrame, column: str) -> float:
    chance = frame[column].to_numpy().clip(1e-6, 1 - 1e-6)
    happened = frame["happened"].to_numpy()
    return float(-np.mean(np.where(happened == 1, np.log(chance), np.log(1 - chance))))


def misses(frame: pl.DataFrame, column: str) -> float:
    """How many standard errors the number that happened lies from the number foretold."""
    chance = frame[column].to_numpy()
    return float((frame["happened"].sum() - chance.sum()) / np.sqrt((chance * (1 - chance)).sum() + 1))


@pytest.mark.parametrize("column", ["reachable", "probability"])
def test_what_is_called_reachable_is_calibrated_within_binomial_error(truth: pl.DataFrame, column: str) -> None:
    far = {}
    for (need, at), rows in truth.group_by("need", "as_of"):
        far[need, at] = misses(rows, column)
    assert max(map(abs, far.values())) < 4.0  # 44 of them: 4 standard errors is one in 15,000 each
    assert np.sqrt(np.mean(np.square(list(far.values())))) < 1.35


def test_it_is_calibrated_at_every_height(truth: pl.DataFrame) -> None:
    edges = [0.002, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9]
    by_height = truth.with_columns(height=pl.sum_horizontal([pl.col("reachable") >= e for e in edges])).partition_by(
        "height"
    )
    assert len(by_height) == len(edges) + 1
    assert max(abs(misses(rows, "reachable")) for rows in by_height) < 4.0


def test_the_truth_beats_the_reachable_and_the_reachable_beats_cells_by_far(truth: pl.DataFrame) -> None:
    entitled = truth.filter(pl.col("entitled"))
    cells, reachable, full = (loss(entitled, name) for name in ("cells", "reachable", "probability"))
    assert reachable < 0.75 * cells
    assert cells < loss(entitled, "popularity")
    assert full < reachable + 0.0005


def test_event_rates_are_those_of_a_real_city(made: tuple[Path, Built]) -> None:
    """A year for each 1,000 adults, after published European rates; wide, as a simulation is."""
    ranges = {"child_born": (10, 32), "marriage": (6, 20), "divorce": (1, 5), "job_lost": (8, 35), "retired": (8, 25),
              "moved_residence": (40, 120), "relative_died": (15, 60), "business_started": (1.5, 10)}  # fmt: skip
    rates = made[1].rates
    assert {name: low <= rates[name] <= high for name, (low, high) in ranges.items()} == dict.fromkeys(ranges, True)


def outcomes(folder: Path) -> pl.DataFrame:
    """Rows of entitled, not held and due at the earlier decision time: later claims have six months more to be seen."""
    rows = pl.read_parquet(folder / "truth_services.parquet").filter(pl.col("as_of") == pl.col("as_of").min())
    events = [service.id for service in SERVICES if service.event is not None]
    return rows.filter(pl.col("entitled"), ~pl.col("held"), pl.col("due"), pl.col("service_id").is_in(events))


def test_about_a_third_of_those_entitled_do_not_claim(made: tuple[Path, Built]) -> None:
    due = outcomes(made[0])
    assert 0.25 < 1 - due["claims"].mean() < 0.45  # type: ignore[operator]


def test_the_neediest_respond_less(made: tuple[Path, Built]) -> None:
    by_fifth = outcomes(made[0]).group_by("fifth").agg(pl.col("claims").mean()).sort("fifth")["claims"].to_list()
    assert by_fifth[0] < 0.85 * np.mean(by_fifth[3:])


def test_the_rules_agree_with_the_truth_wherever_the_registers_let_them_answer(made: tuple[Path, Built]) -> None:
    """Rules read only what was recorded; the city's truth reads people. Where rules answer, they must not differ."""
    folder = made[0]
    truth = pl.read_parquet(folder / "truth_services.parquet").filter(pl.col("as_of") == pl.col("as_of").min())
    at: datetime = truth["as_of"][0]
    people = truth["citizen_id"].unique().sort().head(500)
    known = attributes(folder, people, at)
    catalogue = load_catalogue(SERVICES_FOLDER)
    tests = {s.service_id: [compile_rule(c.rule) for c in s.criteria] for s in catalogue.services}
    differ, unknown = [], 0
    for row in truth.filter(pl.col("citizen_id").is_in(people.to_list())).iter_rows(named=True):
        knowledge: Any = SimpleNamespace(attributes=known[row["citizen_id"]])
        answer = all_of([test(knowledge, {}) for test in tests[row["service_id"]]])
        unknown += answer is None
        if answer is not None and answer != row["entitled"]:
            differ.append((row["citizen_id"], row["service_id"]))
    assert differ == []
    assert 0 < unknown < 0.1 * people.len() * len(SERVICES)


def attributes(folder: Path, people: pl.Series, at: datetime) -> dict[str, dict[str, Any]]:
    frame = people.to_frame()
    for name in ("residents", "insured", "persons"):
        rows = pl.read_parquet(folder / f"{name}.parquet").filter(pl.col("recorded_at") <= at)
        newest = rows.sort("recorded_at").group_by("citizen_id").last().drop("as_of", "recorded_at")
        frame = frame.join(newest, on="citizen_id", how="left")
    day = at.astimezone(UTC).date()
    out = {}
    for row in frame.iter_rows(named=True):
        years = {"age": row["birth_date"], "years_resident": row["resident_since"]}
        whole = {
            name: float(day.year - since.year - ((day.month, day.day) < (since.month, since.day)))
            for name, since in years.items()
            if since is not None
        }
        numbers = {k: float(v) if isinstance(v, int) and not isinstance(v, bool) else v for k, v in row.items()}
        out[row["citizen_id"]] = numbers | whole
    return out


def test_every_need_is_told_for_every_citizen_and_time(truth: pl.DataFrame) -> None:
    counted = truth.group_by("citizen_id", "as_of").len()
    assert set(counted["len"]) == {len(NEEDS)}
    assert len(EVENT_NEEDS) >= 14

"""What the simulated registers write: reproducible, bitemporal, mistaken at times, and silent about some people."""

import ast
import hashlib
from pathlib import Path

import polars as pl
import pytest

from experiments.city.branching import counted_share
from experiments.city.parameters import BOOKS_CLOSE, DELAY_DAYS, EVENTS, HORIZON_MONTHS
from experiments.city.simulate import Plan, build

PLAN = Plan(citizens=1_500, months=30, seed=11)
EVENT_TABLES = {
    "population_events": "residents",
    "social_insurance_events": "insured",
    "health_education_events": "persons",
}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    build(folder, PLAN)
    return folder


def table(city: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(city / f"{name}.parquet")


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    plan = Plan(citizens=400, months=20, seed=3, truth=50)
    build(tmp_path / "a", plan)
    build(tmp_path / "b", plan)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert "truth.parquet" in digests(tmp_path / "a")


def test_asking_for_the_truth_changes_no_table(tmp_path: Path) -> None:
    build(tmp_path / "a", Plan(citizens=400, months=20, seed=3))
    build(tmp_path / "b", Plan(citizens=400, months=20, seed=3, truth=50))
    with_truth = digests(tmp_path / "b")
    assert digests(tmp_path / "a").items() <= with_truth.items()


def test_another_seed_gives_another_city(tmp_path: Path, city: Path) -> None:
    build(tmp_path, Plan(citizens=1_500, months=30, seed=12))
    assert digests(tmp_path)["population_events.parquet"] != digests(city)["population_events.parquet"]


@pytest.mark.parametrize("name", [*EVENT_TABLES, "uses", *EVENT_TABLES.values()])
def test_timestamps_are_microseconds_in_utc(city: Path, name: str) -> None:
    times = [kind for kind in table(city, name).schema.values() if isinstance(kind, pl.Datetime)]
    assert times
    assert all(kind == pl.Datetime("us", "UTC") for kind in times)


@pytest.mark.parametrize("name", [*EVENT_TABLES, "uses"])
def test_nothing_is_recorded_before_it_happened(city: Path, name: str) -> None:
    assert table(city, name).filter(pl.col("recorded_at") < pl.col("happened_at")).is_empty()


@pytest.mark.parametrize("name", [*EVENT_TABLES, "uses", *EVENT_TABLES.values()])
def test_the_books_are_closed_at_the_end_of_each_month(city: Path, name: str) -> None:
    recorded = table(city, name)["recorded_at"]
    assert recorded.dt.day().max() <= BOOKS_CLOSE  # type: ignore[operator]
    assert recorded.max() < pl.Series(["2023-06-30"]).str.to_datetime(time_zone="UTC")[0]  # type: ignore[operator]


def test_a_birth_is_known_weeks_later(city: Path) -> None:
    births = table(city, "population_events").filter(pl.col("event_type") == "child_born", pl.col("corrects").is_null())
    lag = (births["recorded_at"] - births["happened_at"]).dt.total_days()
    assert lag.min() >= 7  # type: ignore[operator]
    assert 15 < lag.mean() < 40  # type: ignore[operator]


@pytest.mark.parametrize("name", EVENT_TABLES)
def test_corrections_and_withdrawals_name_an_earlier_record_of_the_same_event(city: Path, name: str) -> None:
    events = table(city, name)
    amended = events.filter(pl.col("corrects").is_not_null()).join(
        events, left_on="corrects", right_on="fact_id", suffix="_first"
    )
    assert amended.height == events["corrects"].count()
    assert {True, False} == set(amended["withdrawn"].unique())
    assert (amended["citizen_id"] == amended["citizen_id_first"]).all()
    assert (amended["event_type"] == amended["event_type_first"]).all()
    assert (amended["recorded_at"] > amended["recorded_at_first"]).all()
    moved = amended.filter(~pl.col("withdrawn"))
    assert (moved["happened_at"] != moved["happened_at_first"]).all()
    assert not events.filter(pl.col("corrects").is_null())["withdrawn"].any()


@pytest.mark.parametrize(("events", "roster"), EVENT_TABLES.items())
def test_a_register_says_nothing_about_people_whom_it_does_not_hold(city: Path, events: str, roster: str) -> None:
    held = table(city, roster)["citizen_id"].unique()
    assert 0.9 * PLAN.citizens < len(held) < PLAN.citizens
    assert set(table(city, events)["citizen_id"]) <= set(held)


@pytest.mark.parametrize("name", ["residents", "insured", "persons"])
def test_an_attribute_row_is_written_only_when_something_changed(city: Path, name: str) -> None:
    rows = table(city, name).sort("citizen_id", "recorded_at")
    told = pl.struct(pl.exclude("citizen_id", "as_of", "recorded_at")).alias("told")
    again = rows.select("citizen_id", told, "as_of").filter(
        (pl.col("citizen_id") == pl.col("citizen_id").shift()) & (pl.col("told") == pl.col("told").shift())
    )
    assert again.is_empty()
    assert rows.filter(pl.col("as_of") < pl.col("as_of").shift().over("citizen_id")).is_empty()


def test_people_move_in_later(city: Path) -> None:
    first = table(city, "residents").group_by("citizen_id").agg(pl.col("recorded_at").min())
    share = (first["recorded_at"].dt.year() > 2020).mean()
    assert 0.02 < share < 0.08  # type: ignore[operator]


def test_every_kind_of_life_event_is_recorded(city: Path) -> None:
    seen = {kind for name in EVENT_TABLES for kind in table(city, name)["event_type"].unique()}
    assert seen == set(EVENTS)
    assert len(seen) >= 14


def test_a_share_of_a_month_counts_by_the_day_that_it_happened() -> None:
    """By hand: recorded on 1..27 July with 0 days of delay, all of it is after 30 June; with 40 days, none is."""
    june_2025 = 53
    assert counted_share(june_2025, 1, (0, 0)) == 1.0
    assert counted_share(june_2025, 1, (40, 40)) == 0.0
    assert counted_share(june_2025, 1, (10, 10)) == pytest.approx(17 / 27)
    assert counted_share(june_2025, HORIZON_MONTHS + 1, (0, 0)) == 0.0
    # recorded 1..27 January, 28 days before: 4 to 30 December, all within a window that ends on 30 December
    assert counted_share(june_2025, HORIZON_MONTHS + 1, (28, 28)) == 1.0
    assert all(0 <= counted_share(june_2025, ahead, DELAY_DAYS[e]) <= 1 for ahead in range(1, 10) for e in EVENTS)


def test_the_city_keeps_its_own_truth_and_imports_nothing_of_herald_but_errors_and_instants() -> None:
    folder = Path(__file__).parents[2] / "experiments/city"
    allowed = {"recommender.errors", "recommender.instants"}
    rooms = {"recommender", "features", "training", "serving"}
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert {name for name in names if name.split(".")[0] in rooms} <= allowed, file

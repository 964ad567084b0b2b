"""Full extracts load to the same history as the table of changes that they imply, a vanished row included."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.descriptor import Descriptor
from features.facts import read_attributes, read_events
from features.ingest.run import ingest
from features.settings import FeatureSettings
from features.states import build_states
from features.workspace import Workspace
from recommender.errors import TableError

UTC_US = pl.Datetime("us", "UTC")
EXTRACTS = [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]
Event = tuple[str, str, date]
"""citizen, type, happened"""
State = tuple[str | None, float | None]
"""district, income"""
BELIEVED = ["root", "citizen_id", "event_type", "happened_at", "known_at", "superseded_at"]
HELD = ["citizen_id", "as_of", "known_at", "superseded_at", "district", "income"]

FEW = settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
happened = st.dates(date(2023, 11, 1), date(2024, 1, 31))
one_event = st.tuples(st.sampled_from(["ann", "bob"]), st.sampled_from(["moved", "married"]), happened)
event_lives = st.lists(st.tuples(*(st.none() | one_event for _ in EXTRACTS)), max_size=5)
one_state = st.tuples(st.sampled_from(["d01", "d02", None]), st.sampled_from([0.0, 10.5, None]))
state_lives = st.lists(st.tuples(*(st.none() | one_state for _ in EXTRACTS)), max_size=5)


def instant(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def descriptor_of(kind: str, file: str, columns: Mapping[str, Any], **keys: Any) -> Descriptor:
    table = {"register": "population", "authority": "Ministry", "kind": kind, "file": file, "columns": columns, **keys}
    needs = {"moved": {"event": "moved"}}
    return Descriptor(dataset="town", horizon="P1Y", decision_times="monthly", tables={"rows": table}, needs=needs)


def load(descriptor: Descriptor, tables: Path, workspace: Workspace) -> None:
    ingest(descriptor, tables, workspace, settings=FeatureSettings(development=True))


def write_extracts(folder: Path, extracts: Sequence[pl.DataFrame]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"rows-{day}.csv" for day in EXTRACTS]
    for file, frame in zip(files, extracts, strict=True):
        frame.write_csv(file)
    return files


def load_extracts(root: Path, descriptor: Descriptor, extracts: Sequence[pl.DataFrame], *, runs: int) -> Workspace:
    """All extracts in one run, or each in a run of its own beside the earlier ones."""
    workspace = Workspace(root / "by_snapshot")
    waiting = write_extracts(root / "waiting", extracts)
    tables = root / "tables"
    tables.mkdir()
    for file in waiting:
        file.rename(tables / file.name)
        if runs == len(EXTRACTS) or file is waiting[-1]:
            load(descriptor, tables, workspace)
    return workspace


def load_history(root: Path, descriptor: Descriptor, rows: pl.DataFrame) -> Workspace:
    tables, workspace = root / "history", Workspace(root / "by_history")
    tables.mkdir()
    rows.write_parquet(tables / "rows.parquet")
    load(descriptor, tables, workspace)
    return workspace


EVENT_COLUMNS = {"id": "fact_id", "person": "pseudonym", "what": "event_type", "day": "happened"}
EVENT_HISTORY = {**EVENT_COLUMNS, "known": "known", "fixes": "corrects", "gone": "withdrawn"}
SNAPSHOT_EVENTS = descriptor_of("snapshot", "rows-*.csv", EVENT_COLUMNS, vanished_at_most=1.0)
HISTORY_EVENTS = descriptor_of("history", "rows.parquet", EVENT_HISTORY)

STATE_COLUMNS = {
    "person": "pseudonym",
    "district": {"role": "attribute", "type": "category"},
    "income": {"role": "attribute", "type": "number"},
}
SNAPSHOT_STATES = descriptor_of("snapshot", "rows-*.csv", STATE_COLUMNS, vanished_at_most=1.0)
HISTORY_STATES = descriptor_of("history", "rows.parquet", {**STATE_COLUMNS, "as_of": "as_of"})


def event_extracts(lives: Sequence[Sequence[Event | None]]) -> list[pl.DataFrame]:
    rows = [[(f"e{i}", *life[k]) for i, life in enumerate(lives) if (life[k]) is not None] for k in range(3)]  # type: ignore[misc]
    names = ["id", "person", "what", "day"]
    return [pl.DataFrame(each, schema=names, orient="row") for each in rows]


def event_changes(lives: Sequence[Sequence[Event | None]]) -> pl.DataFrame:
    """The history table that a register would have kept: corrections and withdrawals as rows of their own."""
    rows: list[dict[str, Any]] = []
    for i, life in enumerate(lives):
        before: Event | None = None
        last: str | None = None
        for k, now in enumerate(life):
            if now != before:
                told = now or before
                assert told is not None
                name = f"e{i}" if last is None else f"e{i}/{k}"
                rows.append(
                    {
                        "id": name,
                        "person": told[0],
                        "what": told[1],
                        "day": told[2],
                        "known": instant(EXTRACTS[k]),
                        "fixes": last,
                        "gone": now is None,
                    }
                )
                last = name
            before = now
    times = {"known": UTC_US, "fixes": pl.String}
    return pl.DataFrame(rows, schema_overrides=times)


def state_extracts(lives: Sequence[Sequence[State | None]]) -> list[pl.DataFrame]:
    schema = {"person": pl.String, "district": pl.String, "income": pl.Float64}
    rows = [[(f"c{i}", *life[k]) for i, life in enumerate(lives) if life[k] is not None] for k in range(3)]  # type: ignore[misc]
    return [pl.DataFrame(each, schema=schema, orient="row") for each in rows]


def state_changes(lives: Sequence[Sequence[State | None]]) -> pl.DataFrame:
    """A row where the state differs from the one before; a citizen who vanished has a row of nulls."""
    rows = []
    for i, life in enumerate(lives):
        before: State | None = None
        for k, now in enumerate(life):
            if now != before:
                rows.append((f"c{i}", *(now or (None, None)), instant(EXTRACTS[k])))
            before = now
    schema = {"person": pl.String, "district": pl.String, "income": pl.Float64, "as_of": UTC_US}
    return pl.DataFrame(rows, schema=schema, orient="row")


ALWAYS_EVENT = (("zoe", "moved", date(2023, 12, 1)),) * 3
ALWAYS_STATE = (("d09", 1.0),) * 3


@FEW
@given(lives=event_lives, runs=st.sampled_from([1, 3]))
def test_three_extracts_of_events_tell_the_history_of_the_event_table(lives: Any, runs: int) -> None:
    lives = [ALWAYS_EVENT, *lives]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        by_snapshot = load_extracts(root, SNAPSHOT_EVENTS, event_extracts(lives), runs=runs)
        by_history = load_history(root, HISTORY_EVENTS, event_changes(lives))
        told, expected = (read_events(each).select(BELIEVED).sort(BELIEVED) for each in (by_snapshot, by_history))
    assert told.rows() == expected.rows()


@FEW
@given(lives=state_lives, runs=st.sampled_from([1, 3]))
def test_three_extracts_of_states_tell_the_history_of_the_table_of_changes(lives: Any, runs: int) -> None:
    lives = [ALWAYS_STATE, *lives]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        by_snapshot = load_extracts(root, SNAPSHOT_STATES, state_extracts(lives), runs=runs)
        by_history = load_history(root, HISTORY_STATES, state_changes(lives))
        told, expected = (read_attributes(each, "rows").select(HELD).sort(HELD) for each in (by_snapshot, by_history))
    assert told.rows() == expected.rows()


def states_of(workspace: Workspace, descriptor: Descriptor) -> dict[str, list[tuple[Any, ...]]]:
    build_states(workspace, descriptor)
    files = sorted(workspace.states.glob("*.parquet"))
    return {file.name: pl.read_parquet(file).sort("citizen_id", "known_at").rows() for file in files}


@settings(parent=FEW, max_examples=6)
@given(events=event_lives, states=state_lives)
def test_three_extracts_fold_into_the_states_of_the_history(events: Any, states: Any) -> None:
    events, states = [ALWAYS_EVENT, *events], [ALWAYS_STATE, *states]
    with tempfile.TemporaryDirectory() as folder:
        for name, extracts, changes, by_extract, by_change in (
            ("events", event_extracts(events), event_changes(events), SNAPSHOT_EVENTS, HISTORY_EVENTS),
            ("states", state_extracts(states), state_changes(states), SNAPSHOT_STATES, HISTORY_STATES),
        ):
            root = Path(folder) / name
            root.mkdir()
            told = states_of(load_extracts(root, by_extract, extracts, runs=1), by_extract)
            expected = states_of(load_history(root, by_change, changes), by_change)
            assert told == expected


def test_a_row_that_vanished_is_withdrawn_and_one_that_changed_is_corrected(tmp_path: Path) -> None:
    lives: list[Any] = [
        ALWAYS_EVENT,
        (("ann", "moved", date(2024, 1, 2)), ("ann", "moved", date(2024, 1, 3)), ("ann", "moved", date(2024, 1, 3))),
        (("bob", "married", date(2024, 1, 5)), None, None),
    ]
    workspace = load_extracts(tmp_path, SNAPSHOT_EVENTS, event_extracts(lives), runs=3)
    believed = (
        read_events(workspace).select("root", "happened_at", "known_at", "superseded_at").sort("root", "known_at")
    )
    first, second = instant(EXTRACTS[0]), instant(EXTRACTS[1])
    assert believed.rows() == [
        ("e0", instant(date(2023, 12, 1)), first, None),
        ("e1", instant(date(2024, 1, 2)), first, second),
        ("e1", instant(date(2024, 1, 3)), second, None),
        ("e2", instant(date(2024, 1, 5)), first, second),
    ]


def test_an_event_that_vanished_and_came_back_is_believed_again_from_then_on(tmp_path: Path) -> None:
    event = ("ann", "moved", date(2024, 1, 2))
    workspace = load_extracts(tmp_path, SNAPSHOT_EVENTS, event_extracts([ALWAYS_EVENT, (event, None, event)]), runs=1)
    ann = read_events(workspace).filter(pl.col("citizen_id") == "ann").select("root", "known_at", "superseded_at")
    one, two, three = map(instant, EXTRACTS)
    assert ann.rows() == [("e1", one, two), ("e1", three, None)]


def test_a_holding_ends_when_its_row_vanishes(tmp_path: Path) -> None:
    columns = {"person": "pseudonym", "aid": {"role": "holds", "service": "heating_aid"}}
    descriptor = descriptor_of("snapshot", "rows-*.csv", columns, vanished_at_most=1.0)
    both = pl.DataFrame({"person": ["ann", "bob"], "aid": [True, True]})
    workspace = load_extracts(tmp_path, descriptor, [both, both.head(1), both.head(1)], runs=3)
    bob = read_attributes(workspace, "rows").filter(pl.col("citizen_id") == "bob")
    assert bob.select("known_at", "holds__heating_aid").rows() == [
        (instant(EXTRACTS[0]), True),
        (instant(EXTRACTS[1]), False),
    ]


def test_more_than_the_allowed_share_vanished_stops_the_load_and_writes_nothing(tmp_path: Path) -> None:
    descriptor = descriptor_of("snapshot", "rows-*.csv", STATE_COLUMNS)
    full = pl.DataFrame({"person": [f"c{i}" for i in range(10)], "district": ["d01"] * 10, "income": [1.0] * 10})
    tables, workspace = tmp_path / "tables", Workspace(tmp_path / "ws")
    tables.mkdir()
    full.write_csv(tables / "rows-2024-01-31.csv")
    load(descriptor, tables, workspace)
    before = read_attributes(workspace, "rows")
    full.head(8).write_csv(tables / "rows-2024-02-29.csv")
    with pytest.raises(TableError, match="vanished") as stopped:
        load(descriptor, tables, workspace)
    assert "\n" not in str(stopped.value)
    assert read_attributes(workspace, "rows").equals(before)
    full.head(9).write_csv(tables / "rows-2024-02-29.csv")
    load(descriptor, tables, workspace)
    assert read_attributes(workspace, "rows").height == 11


def test_an_extract_may_say_its_date_in_a_column(tmp_path: Path) -> None:
    columns = {**STATE_COLUMNS, "drawn": "extract_date"}
    descriptor = descriptor_of("snapshot", "rows.csv", columns, vanished_at_most=1.0)
    frame = pl.DataFrame({"person": ["ann"], "district": ["d01"], "income": [1.0], "drawn": ["2024-01-31"]})
    frame.write_csv(tmp_path / "rows.csv")
    workspace = Workspace(tmp_path / "ws")
    load(descriptor, tmp_path, workspace)
    assert read_attributes(workspace, "rows")["known_at"].to_list() == [instant(EXTRACTS[0])]
    frame.with_columns(drawn=pl.lit("2024-02-29"), district=pl.lit("d02")).write_csv(tmp_path / "rows.csv")
    load(descriptor, tmp_path, workspace)
    assert read_attributes(workspace, "rows")["district"].to_list() == ["d01", "d02"]


def test_extracts_loaded_up_to_a_time_go_on_from_there(tmp_path: Path) -> None:
    lives: list[Any] = [ALWAYS_STATE, (("d01", 1.0), ("d02", 1.0), None)]
    tables, stepwise, at_once = tmp_path / "tables", Workspace(tmp_path / "a"), Workspace(tmp_path / "b")
    write_extracts(tables, state_extracts(lives))
    settings_ = FeatureSettings(development=True)
    ingest(SNAPSHOT_STATES, tables, stepwise, settings=settings_, known_through=datetime(2024, 2, 10, tzinfo=UTC))
    assert read_attributes(stepwise, "rows").height == 2
    load(SNAPSHOT_STATES, tables, stepwise)
    load(SNAPSHOT_STATES, tables, at_once)
    assert read_attributes(stepwise, "rows").select(HELD).equals(read_attributes(at_once, "rows").select(HELD))

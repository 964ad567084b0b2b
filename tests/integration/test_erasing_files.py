"""Erasing out of Parquet: nothing of the citizen stays, also where another citizen's fact names one of theirs."""

from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings

from features.erased import Erased, mark_of
from features.erasing import erase_files
from features.facts import raw_of_kind
from features.ingest.rows import EVENTS
from features.searching import found_in
from features.settings import FeatureSettings
from features.testing.loading import load_world
from features.testing.worlds import World, day, worlds
from recommender.adapters.settings import read_settings
from recommender.facts import Fact, FactKind
from recommender.identifiers import CitizenId, EventType, FactId

SETTINGS = read_settings(FeatureSettings, development=True)
GONE = CitizenId("c-1")


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    files = sorted(folder.rglob("*.parquet"))
    return {file.name: pl.read_parquet(file).filter(pl.col("citizen_id") != GONE).rows() for file in files}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds())
def test_the_others_facts_and_states_stay_as_they_are(tmp_path_factory: object, world: World) -> None:
    descriptor, workspace = load_world(world, tmp_path_factory.mktemp("world"))  # type: ignore[attr-defined]
    before = rows(workspace.offline)
    erase_files(GONE, descriptor, workspace, SETTINGS)
    assert found_in(workspace, GONE) == []
    assert rows(workspace.offline) == before
    assert erase_files(GONE, descriptor, workspace, SETTINGS)["facts"] == 0


def test_a_fact_of_another_that_corrects_theirs_keeps_all_but_the_name(tmp_path: Path) -> None:
    wrong = Fact(
        FactId(f"events:{GONE}:1"), GONE, FactKind.LIFE_EVENT, "population", day(20), day(21), EventType("moved")
    )
    right = Fact(
        FactId("e-2"), CitizenId("c-2"), FactKind.LIFE_EVENT, "population", day(20), day(30), EventType("moved"),
        corrects=wrong.fact_id,
    )  # fmt: skip
    world = World({"c-1": (day(1), day(-9000), "f"), "c-2": (day(2), day(-12000), None)}, (wrong, right))
    descriptor, workspace = load_world(world, tmp_path)
    assert found_in(workspace, GONE)
    erase_files(GONE, descriptor, workspace, SETTINGS)
    assert found_in(workspace, GONE) == []
    (left,) = raw_of_kind(workspace, EVENTS).to_dicts()
    assert (left["citizen_id"], left["event_type"]) == ("c-2", "moved")


def test_the_mark_keeps_out_whoever_has_it_and_needs_a_key_only_then() -> None:
    frame = pl.DataFrame({"citizen_id": ["c-1", "c-2", None]})
    assert Erased(frozenset(), lambda: b"").kept(frame).height == 3
    key = b"a key of sixteen bytes"
    erased = Erased(frozenset({mark_of("c-1", key)}), lambda: key)
    assert erased.kept(frame)["citizen_id"].to_list() == ["c-2"]
    assert erased.holds("c-1")
    assert mark_of("c-1", b"another key, longer") not in erased.marks

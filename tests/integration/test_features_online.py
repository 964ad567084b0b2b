"""What is read online, and refreshed from the log, against a slow and obvious reading of the same facts."""

import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.descriptor import Descriptor
from features.materialise import materialise
from features.online import StoredOnlineFeatures
from features.schema import load_schema
from features.store import online_features
from features.testing import oracle
from features.testing.loading import SETTINGS, check_state, load_world
from features.testing.worlds import CITIZENS, LAST_DAY, World, day, worlds
from features.workspace import Workspace
from recommender.facts import Knowledge
from recommender.identifiers import CitizenId


def online(workspace: Workspace, descriptor: Descriptor, at: datetime) -> StoredOnlineFeatures:
    materialise(workspace, descriptor, at=at, settings=SETTINGS)
    return online_features(workspace, load_schema(workspace), SETTINGS)


def stored(knowledge: Knowledge | None, workspace: Workspace) -> dict[str, object]:
    if knowledge is None:
        return {}
    names = [column.name for column in load_schema(workspace).columns]
    return dict(zip(names, knowledge.state, strict=True))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), st.integers(0, LAST_DAY + 600))
def test_what_is_read_online_is_what_was_known_then(world: World, moment: int) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        descriptor, workspace = load_world(world, folder)
        features = online(workspace, descriptor, day(moment))
        for citizen in CITIZENS:
            knowledge = features.read(CitizenId(citizen), day(moment))
            check_state(stored(knowledge, workspace), oracle.state(world, citizen, day(moment)), citizen)
            events = (
                {(e.root, e.event_type, e.happened_us, e.known_us) for e in knowledge.recent} if knowledge else set()
            )
            assert events == oracle.recent(world, citizen, day(moment))
    finally:
        shutil.rmtree(folder)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), st.data())
def test_facts_of_the_log_count_as_if_a_register_had_told_them(world: World, data: st.DataObject) -> None:
    """Any split of the facts between tables and event log gives the same knowledge, told once or twice."""
    log = frozenset(f.fact_id for f in world.facts if data.draw(st.booleans()))
    moment = day(data.draw(st.integers(0, LAST_DAY + 600)))
    folder = Path(tempfile.mkdtemp())
    try:
        descriptor, workspace = load_world(world, folder, log)
        features = online(workspace, descriptor, moment)
        for citizen in CITIZENS:
            accepted = [fact for fact in world.of(citizen) if fact.fact_id in log]
            for _ in range(2):
                knowledge = features.refresh(CitizenId(citizen), accepted, moment)
                check_state(stored(knowledge, workspace), oracle.state(world, citizen, moment), citizen)
            if accepted and knowledge.state.count(None) < len(knowledge.state):
                assert features.read(CitizenId(citizen), moment) == knowledge
    finally:
        shutil.rmtree(folder)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), st.data())
def test_a_materialise_as_of_a_time_folds_the_log_with_nothing_known_later(world: World, data: st.DataObject) -> None:
    moment = day(data.draw(st.integers(0, LAST_DAY)))
    told = [f for f in world.facts if f.known_at <= moment]
    log = frozenset(f.fact_id for f in told if data.draw(st.booleans()))
    folder = Path(tempfile.mkdtemp())
    try:
        descriptor, workspace = load_world(world, folder, log)
        features = online(workspace, descriptor, moment)
        for citizen in CITIZENS:
            features.refresh(CitizenId(citizen), [fact for fact in world.of(citizen) if fact.fact_id in log], moment)
        again = online(workspace, descriptor, moment)
        for citizen in CITIZENS:
            knowledge = again.read(CitizenId(citizen), moment)
            check_state(stored(knowledge, workspace), oracle.state(world, citizen, moment), citizen)
    finally:
        shutil.rmtree(folder)

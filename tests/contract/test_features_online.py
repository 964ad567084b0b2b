"""The OnlineFeatures suite over Herald's SQLite store and over Feast's Redis store, and the Vectoriser's over both."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.erasing import erase_files
from features.materialise import materialise
from features.online import StoredOnlineFeatures
from features.redis_erasing import keys_naming
from features.schema import load_schema
from features.searching import found_in
from features.settings import FeatureSettings
from features.store import online_features
from features.testing.loading import load_world
from features.testing.worlds import World, day
from features.vectors import SchemaVectoriser
from recommender.adapters.settings import read_settings
from recommender.disputes import Disputed, without
from recommender.facts import Fact, FactKind
from recommender.identifiers import CitizenId, EventType, FactId
from recommender.instants import to_us
from recommender.testing.online_features import ONLINE_CHECKS, OnlineCheck
from recommender.testing.vectorisers import VECTORISER_CHECKS, VectoriserCheck

KNOWN = CitizenId("c-1")
FACT = Fact(FactId("log-1"), KNOWN, FactKind.LIFE_EVENT, "portal", day(60), day(61), event_type=EventType("job_lost"))
WORLD = World(
    {"c-1": (day(1), day(-9000), "f"), "c-2": (day(2), day(-12000), None)},
    (
        Fact(FactId("e-1"), KNOWN, FactKind.LIFE_EVENT, "population", day(20), day(22), event_type=EventType("moved")),
        Fact(
            FactId("a-1"),
            KNOWN,
            FactKind.ATTRIBUTES,
            "work",
            day(30),
            day(30),
            values={"work": "full", "income": 900.0, "children": None, "enrolled": False, "asked": True},
        ),
    ),
)


@pytest.fixture(scope="module")
def redis_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A private Redis on a free port, stopped at the end."""
    server = shutil.which("redis-server")
    assert server, "redis-server is missing; apt-get install redis-server"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    process = subprocess.Popen(
        [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(params=["sqlite", "redis"])
def settings(request: pytest.FixtureRequest) -> FeatureSettings:
    if request.param == "sqlite":
        return read_settings(FeatureSettings, online_store="sqlite")
    address = request.getfixturevalue("redis_address")
    return read_settings(FeatureSettings, online_store="redis", redis_url=address)


@pytest.fixture
def online(tmp_path: Path, settings: FeatureSettings) -> StoredOnlineFeatures:
    descriptor, workspace = load_world(WORLD, tmp_path)
    materialise(workspace, descriptor, at=day(50), settings=settings, fresh=True)
    return online_features(workspace, load_schema(workspace), settings)


@pytest.mark.parametrize("check", ONLINE_CHECKS, ids=lambda check: check.__name__)
def test_online_features_keep_their_promises(online: StoredOnlineFeatures, check: OnlineCheck) -> None:
    check(online, KNOWN, FACT)


@pytest.mark.parametrize("check", VECTORISER_CHECKS, ids=lambda check: check.__name__)
def test_the_vectoriser_keeps_its_promises(online: StoredOnlineFeatures, check: VectoriserCheck) -> None:
    knowledge = online.read(KNOWN, day(50))
    assert knowledge is not None
    check(SchemaVectoriser(online.schema), knowledge)


def test_a_materialise_keeps_what_the_log_told(tmp_path: Path, settings: FeatureSettings) -> None:
    """The next month's registers and the log count together, whichever came first."""
    descriptor, workspace = load_world(WORLD, tmp_path)
    materialise(workspace, descriptor, at=day(25), settings=settings, fresh=True)
    features = online_features(workspace, load_schema(workspace), settings)
    features.refresh(KNOWN, [FACT], day(61))
    materialise(workspace, descriptor, at=day(50), settings=settings)
    knowledge = features.read(KNOWN, day(62))
    assert knowledge is not None
    assert knowledge.attributes["work"] == "full"
    assert [event.root for event in knowledge.recent] == ["log-1", "e-1"]


def test_values_that_a_portal_does_not_name_stay_as_they_were(online: StoredOnlineFeatures) -> None:
    told = {"income": 0.0, "enrolled": None}
    at = day(70)
    fact = Fact(FactId("log-2"), KNOWN, FactKind.ATTRIBUTES, "portal", at, at, values=told)
    attributes = online.refresh(KNOWN, [fact], at).attributes
    assert (attributes["work"], attributes["income"], attributes["enrolled"]) == ("full", 0.0, None)
    read = online.read(KNOWN, at)
    assert read is not None and read.attributes == attributes


def test_an_interrupted_materialise_can_be_run_again(tmp_path: Path, settings: FeatureSettings) -> None:
    descriptor, workspace = load_world(WORLD, tmp_path)

    def interrupt(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        materialise(workspace, descriptor, at=day(50), settings=settings, fresh=True, progress=interrupt)
    materialise(workspace, descriptor, at=day(50), settings=settings)
    knowledge = online_features(workspace, load_schema(workspace), settings).read(KNOWN, day(50))
    assert knowledge is not None and knowledge.attributes["work"] == "full"


def test_an_earlier_materialise_forgets_what_was_not_known_yet(tmp_path: Path, settings: FeatureSettings) -> None:
    descriptor, workspace = load_world(WORLD, tmp_path)
    materialise(workspace, descriptor, at=day(50), settings=settings, fresh=True)
    assert (
        materialise(workspace, descriptor, at=day(1), settings=settings) == 2
    )  # c-1, and "nobody" of the other tables
    features = online_features(workspace, load_schema(workspace), settings)
    knowledge = features.read(KNOWN, day(1))
    assert knowledge is not None and knowledge.recent == () and knowledge.attributes["work"] is None
    assert features.read(CitizenId("c-2"), day(1)) is None


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("redis-server did not start")


def test_a_model_sees_nothing_of_what_is_disputed_nor_that_it_did_not_happen(online: StoredOnlineFeatures) -> None:
    knowledge = online.read(KNOWN, day(50))
    assert knowledge is not None
    dispute = Disputed(to_us(day(50)), root=FactId("e-1"), event_type=EventType("moved"))
    columns = [column.name for column in online.schema.columns]
    left = without(knowledge, [dispute], columns, online.schema.derived)
    vectoriser = SchemaVectoriser(online.schema)
    before, after = vectoriser.vector(knowledge)[0], vectoriser.vector(left)[0]
    for name, was, now in zip(vectoriser.feature_names, before, after, strict=True):
        of_it = "moved" in name
        assert now != now if of_it else (now == was or (now != now and was != was)), name
    assert any("moved" in name and was == was for name, was in zip(vectoriser.feature_names, before, strict=True))


def test_an_erased_citizen_is_gone_from_the_store_and_the_others_are_not(
    tmp_path: Path, settings: FeatureSettings
) -> None:
    settings = settings.model_copy(update={"development": True})
    descriptor, workspace = load_world(WORLD, tmp_path)
    materialise(workspace, descriptor, at=day(50), settings=settings, fresh=True)
    features = online_features(workspace, load_schema(workspace), settings)
    features.refresh(KNOWN, [FACT], day(61))
    assert erase_files(KNOWN, descriptor, workspace, settings)["online"] > 0
    assert features.read(KNOWN, day(62)) is None
    assert features.read(CitizenId("c-2"), day(62)) is not None
    assert found_in(workspace, KNOWN) == []
    if settings.online_store == "redis":
        assert keys_naming(workspace, settings, KNOWN) == 0
        assert keys_naming(workspace, settings, "c-2") == 1

"""A materialise beside a running server: readers never wait, refreshes are never lost."""

import multiprocessing
import threading
import time
from pathlib import Path

import pytest

from features.blobs import BlobStore, Row
from features.materialise import materialise
from features.online import StoredOnlineFeatures
from features.schema import load_schema
from features.store import online_features
from features.testing.loading import SETTINGS, load_world
from features.testing.worlds import World, day
from recommender.errors import WorkspaceError
from recommender.facts import Fact, FactKind
from recommender.identifiers import CitizenId, EventType, FactId

CROWD = [f"p{number:05d}" for number in range(3000)]
CITY = World({citizen: (day(1), day(-9000), "f") for citizen in CROWD})


def town(folder: Path) -> StoredOnlineFeatures:
    """Three thousand citizens, online."""
    descriptor, workspace = load_world(CITY, folder)
    materialise(workspace, descriptor, settings=SETTINGS)
    return online_features(workspace, load_schema(workspace), SETTINGS)


def fact(citizen: str, number: int) -> Fact:
    event = EventType("job_lost")
    named, at = FactId(f"log-{citizen}-{number}"), day(100 + number)
    return Fact(named, CitizenId(citizen), FactKind.LIFE_EVENT, "portal", at, at, event_type=event)


def test_readers_do_not_wait_for_a_materialise_and_refreshes_survive_it(tmp_path: Path) -> None:
    features = town(tmp_path)
    descriptor, workspace = load_world(CITY, tmp_path)
    done = threading.Event()
    waits: list[float] = []

    def read() -> None:
        while not done.is_set():
            start = time.perf_counter()
            assert features.read(CitizenId(CROWD[len(waits) % len(CROWD)]), day(200)) is not None
            waits.append(time.perf_counter() - start)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        told: list[str] = []

        def between(done_citizens: int, total: int | None) -> None:
            citizen = CROWD[(done_citizens * 7) % len(CROWD)]
            features.refresh(CitizenId(citizen), [fact(citizen, 1)], day(150))
            told.append(citizen)

        materialise(workspace, descriptor, settings=SETTINGS, progress=between)
    finally:
        done.set()
        reader.join()
    for citizen in told:
        knowledge = features.read(CitizenId(citizen), day(200))
        assert knowledge is not None
        assert [event.root for event in knowledge.recent] == [f"log-{citizen}-1"]
    assert len(waits) > 50
    assert max(waits) < 2, "a reader waited for the writer"


def test_two_writers_take_turns(tmp_path: Path) -> None:
    """A transaction of one thread shows whole or not at all to another, and never mixes with a second writer's."""
    store = BlobStore(tmp_path / "online.db")
    views = [f"view-{number}" for number in range(20)]
    wrong: list[object] = []

    def write(name: str) -> None:
        for turn in range(40):
            store.write([Row("c-1", view, turn, f"{name}{turn}".encode()) for view in views])

    def read() -> None:
        for _ in range(300):
            seen = set(store.read("c-1", views).values())
            if len(seen) > 1:
                wrong.append(seen)

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"] + [threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_writer_that_waits_too_long_gets_one_clear_line(tmp_path: Path) -> None:
    file = tmp_path / "online.db"
    with BlobStore(file).exclusive(), pytest.raises(WorkspaceError, match=r"online\.db: database is locked; end the"):
        BlobStore(file, wait_s=0.05).write([Row("c-1", "people", 1, b"")])


def test_a_store_that_is_no_database_gets_one_clear_line(tmp_path: Path) -> None:
    file = tmp_path / "online.db"
    file.write_bytes(b"something else entirely" * 100)
    with pytest.raises(WorkspaceError, match="not a database"):
        BlobStore(file).read("c-1", ["people"])


def test_a_killed_writer_leaves_the_store_whole(tmp_path: Path) -> None:
    file = tmp_path / "online.db"
    BlobStore(file).write([Row("c-1", "people", 1, b"before")])
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=hold_a_transaction, args=(file,))
    process.start()
    deadline = time.monotonic() + 60
    while not file.with_suffix(".begun").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.join()
    assert BlobStore(file).read("c-1", ["people"]) == {"people": b"before"}
    BlobStore(file).write([Row("c-1", "people", 2, b"after")])
    assert BlobStore(file).read("c-1", ["people"]) == {"people": b"after"}


def hold_a_transaction(file: Path) -> None:
    """Write, and never commit."""
    store = BlobStore(file)
    with store.exclusive():
        store.write([Row("c-1", "people", 1, b"half")])
        file.with_suffix(".begun").touch()
        time.sleep(60)

"""A server follows the publications: the same promises on SQLite and PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recommender.adapters.yaml_catalogue import version_of
from recommender.clock import FixedClock
from recommender.errors import CatalogueError, WorkspaceError
from recommender.identifiers import CatalogueVersion, NeedKey, ServiceId
from recommender.publication import Signature
from recommender.testing.fakes import FixedScorer
from serving.database import catalogues, publications
from serving.database.connect import Database
from serving.metrics import Metrics
from serving.testing import town
from serving.versions.editions import KEPT, Editions
from serving.versions.engines import Engines
from serving.versions.in_force import InForce

NOW = datetime(2031, 6, 30, 9, tzinfo=UTC)
JULY = datetime(2031, 7, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
ANNA, BERT = (Signature(name, "ops", NOW) for name in ("Anna Ahn", "Bert Bo"))
FOLDER, NEW, NEWER = town.content(), town.content("resident == false"), town.content("income < 100")


@dataclass
class Server:
    """One server's view of the catalogue, without the server."""

    database: Database
    clock: FixedClock
    engines: Engines
    metrics: Metrics
    in_force: InForce

    @classmethod
    def over(cls, database: Database, folder: Callable[[], bytes] = lambda: FOLDER, **more: Any) -> "Server":
        made = cls._made(database)
        made.in_force.begin(folder, **{"development": False, **more})
        made.engines.take_scorer(FixedScorer({NeedKey("child_born"): 0.4}))
        return made

    @classmethod
    def _made(cls, database: Database) -> "Server":
        clock, engines, metrics = FixedClock(NOW), Engines(town.engine), Metrics()
        editions = Editions(database, town.catalogue, ("en",))
        return cls(database, clock, engines, metrics, InForce(database, editions, engines, clock, metrics))

    def version_at(self, at: datetime) -> CatalogueVersion:
        engine = self.engines.at(at)
        assert engine is not None
        return engine.versions.catalogue

    @property
    def version(self) -> CatalogueVersion:
        assert self.version_at(self.clock.now()) == self.in_force.edition.catalogue.version
        return self.in_force.edition.catalogue.version

    def counted_version(self) -> str:
        samples = [s for metric in self.metrics.catalogue.collect() for s in metric.samples if s.value == 1]
        assert len(samples) == 1
        return samples[0].labels["version"]

    def counted(self, name: str) -> float:
        return self.metrics.registry.get_sample_value(name) or 0.0


def publish(database: Database, content: bytes, since: datetime = JULY, *, approved: bool = True) -> int:
    with database.write() as conn:
        catalogues.put_catalogue(conn, version_of(content), content, NOW)
        number = publications.draft(conn, version_of(content), since, ANNA, "").number
        if approved:
            publications.approve(conn, number, BERT)
    return number


def roll_back(database: Database, number: int) -> None:
    with database.write() as conn:
        publications.roll_back(conn, number, BERT, "")


def test_without_a_publication_the_folder_counts_and_is_written_down(database: Database) -> None:
    for _ in range(2):
        assert Server.over(database).version == version_of(FOLDER)
    with database.read() as conn:
        assert [(each.version, each.drafted) for each in publications.list_all(conn)] == [(version_of(FOLDER), None)]
        assert catalogues.get_catalogue(conn, version_of(FOLDER)) == FOLDER


def test_a_folder_that_changed_is_taken_in_development_only(database: Database) -> None:
    Server.over(database)
    assert Server.over(database, lambda: NEW).version == version_of(FOLDER)
    assert Server.over(database, lambda: NEW, development=True).version == version_of(NEW)
    assert Server.over(database, lambda: FOLDER, development=True).version == version_of(FOLDER)


def test_once_published_the_folder_counts_no_more(database: Database) -> None:
    Server.over(database)
    publish(database, NEW, NOW)
    for development in (True, False):
        assert Server.over(database, development=development).version == version_of(NEW)


def test_a_folder_that_cannot_be_read_stops_only_a_server_that_needs_it(database: Database) -> None:
    def broken() -> bytes:
        raise CatalogueError("aid.yaml: rule: what?", mend="mend it")

    with pytest.raises(CatalogueError, match=r"aid\.yaml"):
        Server.over(database, broken)
    publish(database, NEW, NOW)
    assert Server.over(database, broken).version == version_of(NEW)


def test_eight_servers_that_start_at_once_write_the_folder_down_once(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        versions = set(pool.map(lambda _: Server.over(database).version, range(8)))
    assert versions == {version_of(FOLDER)}
    with database.read() as conn:
        assert len(publications.list_all(conn)) == 1


def test_a_draft_changes_nothing_until_another_person_approves(database: Database) -> None:
    server = Server.over(database)
    number = publish(database, NEW, NOW, approved=False)
    server.in_force.step()
    assert server.version == version_of(FOLDER)
    with database.write() as conn:
        publications.approve(conn, number, BERT)
    server.in_force.step()
    assert server.version == version_of(NEW)


def test_a_version_is_in_force_at_its_instant_without_another_look(database: Database) -> None:
    server = Server.over(database)
    publish(database, NEW)
    server.in_force.step()
    assert server.version == version_of(FOLDER)
    assert server.version_at(JULY - TICK) == version_of(FOLDER)
    assert server.version_at(JULY) == version_of(NEW)
    server.clock.move(JULY - NOW)
    assert server.version == version_of(NEW)
    server.in_force.step()
    assert server.counted_version() == version_of(NEW)


def test_two_servers_that_saw_the_same_rows_agree_on_every_instant(database: Database) -> None:
    early = Server.over(database)
    publish(database, NEW)
    early.in_force.step()
    publish(database, NEWER, JULY + timedelta(days=1))
    late = Server.over(database)
    early.in_force.step()
    for at in (NOW, JULY - TICK, JULY, JULY + timedelta(hours=23), JULY + timedelta(days=1)):
        assert early.version_at(at) == late.version_at(at)
    assert late.version_at(JULY + timedelta(days=1)) == version_of(NEWER)


def test_a_roll_back_brings_the_former_version_back_and_so_the_folders(database: Database) -> None:
    server = Server.over(database)
    first, second = publish(database, NEW, NOW - timedelta(days=2)), publish(database, NEWER, NOW)
    server.in_force.step()
    assert server.version == version_of(NEWER)
    roll_back(database, second)
    server.in_force.step()
    assert server.version == version_of(NEW)
    roll_back(database, first)
    server.in_force.step()
    assert server.version == version_of(FOLDER)


def test_an_approved_version_that_is_rolled_back_before_its_day_never_comes(database: Database) -> None:
    server = Server.over(database)
    number = publish(database, NEW)
    server.in_force.step()
    roll_back(database, number)
    server.in_force.step()
    assert server.version_at(JULY) == version_of(FOLDER)


BROKEN = {
    "no catalogue at all": b"[]]",
    "a field of a later Herald": b'[{"id": "aid", "later": 1}]',
    "a rule that is none": town.content().replace(b"resident == true", b"resident === 1"),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_version_that_cannot_be_used_is_refused_and_the_former_one_kept(
    database: Database, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server.over(database)
    publish(database, content, NOW)
    publish(database, NEW)
    server.in_force.step()
    server.in_force.step()
    assert server.version == version_of(FOLDER)
    assert server.version_at(JULY) == version_of(NEW), "one that is broken does not hold up the next"
    assert server.counted("herald_catalogue_refused_total") == 1
    assert [record.message for record in caplog.records].count("catalogue_refused") == 1
    assert version_of(content)[:12] in server.in_force.trouble
    assert Server.over(database).version == version_of(FOLDER), "a server that starts now agrees"


def test_a_content_that_was_changed_in_the_database_is_refused(database: Database) -> None:
    server = Server.over(database)
    with database.write() as conn:
        catalogues.put_catalogue(conn, version_of(NEW), NEW.replace(b"false", b"true "), NOW)
    publish(database, NEW, NOW)
    server.in_force.step()
    assert server.version == version_of(FOLDER)
    assert "changed after it was published" in server.in_force.trouble


def test_a_database_that_is_away_for_a_moment_changes_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server.over(database)
    publish(database, NEW, NOW)

    def away(*_: object) -> bytes:
        raise WorkspaceError("the operational database: gone", mend="start it")

    with monkeypatch.context() as patch:
        patch.setattr("serving.versions.editions.get_catalogue", away)
        with pytest.raises(WorkspaceError):
            server.in_force.step()
    assert server.version == version_of(FOLDER)
    assert server.counted("herald_catalogue_refused_total") == 0
    server.in_force.step()
    assert server.version == version_of(NEW)


def test_a_service_that_left_the_catalogue_keeps_its_words(database: Database) -> None:
    server = Server.over(database)
    fewer = town.content(services={"job_help": "job_lost"})
    publish(database, fewer, NOW)
    server.in_force.step()
    assert server.version == version_of(fewer)
    gone = server.in_force.service(ServiceId("birth_allowance"), "en")
    assert (gone["name"], gone["language"]) == ("Birth allowance", "en")
    assert server.in_force.service(ServiceId("job_help"), "en")["name"] == "Job help"
    assert server.in_force.service(ServiceId("never_there"), "en")["name"] == ""


def test_old_versions_are_read_again_when_memory_let_go_of_them(database: Database) -> None:
    server = Server.over(database)
    contents = [town.content(f"income < {i}") for i in range(KEPT + 3)]
    for content in contents:
        publish(database, content, approved=False)
    editions = Editions(database, town.catalogue, ("en",))
    for content in (*contents, contents[0], FOLDER):
        assert editions.get(version_of(content)).catalogue.version == version_of(content)
    assert server.version == version_of(FOLDER)

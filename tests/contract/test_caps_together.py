"""Two servers decide on one database at the same time, and the cap holds all the same."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

from sqlalchemy import text

from recommender.clock import FixedClock
from recommender.facts import Fact, FactKind, Scalar
from recommender.identifiers import CitizenId, EventType, FactId
from serving.bootstrap import put_together
from serving.database import facts
from serving.database.connect import Database, open_database
from serving.settings import ServingSettings
from serving.testing.town import TownFeatures, champion, parts

NOW = datetime(2031, 3, 5, 9, 0, tzinfo=UTC)
ANNA = CitizenId("anna")


def _server(folder: Path, database: Database) -> Any:
    crowd: dict[str, dict[str, Scalar | None]] = {ANNA: {"resident": True}}
    settings = ServingSettings(development=True)
    herald = put_together(parts(folder, settings, database, FixedClock(NOW), TownFeatures(crowd)))
    herald.champion.follow(champion("fixed-1"))
    return herald


def _told(event: str) -> Fact:
    happened = NOW - timedelta(days=1)
    return Fact(FactId(event), ANNA, FactKind.LIFE_EVENT, "register", happened, NOW, EventType(event))


def meet_after_reading(decider: Any, meeting: Barrier) -> None:
    """Both have read what stands before either writes: the moment at which a cap could be passed."""
    read, waits = decider._standing, iter([True])

    def reading(conn: Any, request: Any, engine: Any) -> Any:
        stand = read(conn, request, engine)
        if next(waits, False):
            meeting.wait(10)
        return stand

    decider._standing = reading


def test_two_that_decide_for_one_citizen_at_once_tell_once(database_url: str, tmp_path: Path) -> None:
    with open_database(database_url) as one, open_database(database_url) as other:
        both = [_told(event) for event in ("child_born", "job_lost")]
        with one.write() as conn:
            for fact in both:
                facts.accept(conn, fact, "0" * 64, "portal", False)
        deciders = [_server(tmp_path / str(place), database).decider for place, database in enumerate((one, other))]
        meeting = Barrier(2)
        for decider in deciders:
            meet_after_reading(decider, meeting)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda pair: pair[0]._try(pair[1]), zip(deciders, both, strict=True)))
        with one.read() as conn:
            told = conn.execute(text("SELECT count(*) FROM notification")).scalar_one()
            decided = conn.execute(text("SELECT count(*) FROM decision")).scalar_one()
        assert (told, decided) == (1, 2)

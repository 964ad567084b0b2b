"""Stops on record: the same on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from recommender.decision import LegalGround
from recommender.identifiers import CitizenId, ServiceId
from recommender.stops import Reach, Stopped, Word
from serving.database import standing, stops
from serving.database.connect import Database

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)
SERVICE = Stopped(Reach.SERVICE, "birth_allowance")
INBOX = Stopped(Reach.CHANNEL, "inbox")
NAMED = {ServiceId("birth_allowance"): "family_office"}


def word(because: str = "wrong limit", *, minutes: int = 0) -> Word:
    return Word("Anna Ahn", "console", because, AT + timedelta(minutes=minutes))


def test_a_stop_stands_until_it_is_lifted_and_both_are_on_record(database: Database) -> None:
    with database.write() as conn:
        first, new = stops.put(conn, SERVICE, word())
        again, newer = stops.put(conn, SERVICE, word("another reason", minutes=1))
        assert (new, newer, again) == (True, False, first)
        assert stops.stopped(conn, "inbox", NAMED) == "stopped: service birth_allowance"
        assert stops.stopped(conn, "inbox", {ServiceId("job_help"): ""}) is None
    with database.write() as conn:
        lifted = stops.lift(conn, SERVICE, word("mended", minutes=9))
        assert lifted is not None
        assert stops.lift(conn, SERVICE, word()) is None
        assert stops.stopped(conn, "inbox", NAMED) is None
        third, newest = stops.put(conn, SERVICE, word("again", minutes=20))
    with database.read() as conn:
        assert newest
        assert stops.list_stops(conn, lifted=False) == [third]
        assert stops.list_stops(conn, lifted=True) == [lifted, third]
    assert (lifted.said, lifted.lifted) == (word(), word("mended", minutes=9))


def test_two_who_stop_the_same_at_once_make_one_stop(database: Database) -> None:
    def stop(n: int) -> bool:
        with database.write() as conn:
            return stops.put(conn, SERVICE, word(minutes=n))[1]

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(stop, range(6))) == 1


def test_a_decision_sees_every_stop_but_those_of_channels(database: Database) -> None:
    with database.write() as conn:
        stops.put(conn, SERVICE, word())
        stops.put(conn, INBOX, word())
        law = LegalGround("law", "Act", False, 0)
        stand = standing.read_standing(conn, CitizenId("anna"), AT, law, lambda said, at: None)
    assert stand.stops == {SERVICE}


def test_where_stops_cannot_be_read_nothing_is_decided(database: Database) -> None:
    with database.write() as conn:
        conn.execute(text("DROP TABLE stop"))
    with database.read() as conn:
        law = LegalGround("law", "Act", False, 0)
        assert not standing.read_standing(conn, CitizenId("anna"), AT, law, lambda said, at: None).readable

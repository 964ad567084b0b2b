"""Disputes on record: the same on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from recommender.disputes import Disputed
from recommender.identifiers import CitizenId, EventType, FactId, ServiceId
from recommender.instants import to_us
from serving.database import disputes
from serving.database.connect import Database

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)
ANNA = CitizenId("anna")
BIRTH = Disputed(to_us(AT), root=FactId("b1"), event_type=EventType("child_born"))
INCOME = Disputed(to_us(AT), attribute="income", value=12.5)


def put(database: Database, about: Disputed, *services: str, asked: str = disputes.WAITING) -> bool:
    with database.write() as conn:
        said = [ServiceId(service) for service in services], "civil", "portal"
        return disputes.raise_dispute(conn, ANNA, about, said, asked=asked)


def test_one_open_dispute_a_subject_gathers_its_services(database: Database) -> None:
    assert put(database, BIRTH, "leave")
    assert not put(database, BIRTH, "allowance", "leave")
    assert put(database, INCOME, "leave")
    with database.read() as conn:
        birth, income = sorted(disputes.disputes_of(conn, ANNA), key=lambda each: each.about.attribute or "")
        assert disputes.count_open(conn) == 2
        assert disputes.disputing_citizens(conn) == [ANNA]
    assert birth.services == ("allowance", "leave")
    assert (birth.about, income.about) == (BIRTH, INCOME)


def test_raised_by_many_at_once_it_is_one(database: Database) -> None:
    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(lambda n: put(database, BIRTH, f"s{n}"), range(6))) == 1
    with database.read() as conn:
        (found,) = disputes.disputes_of(conn, ANNA)
    assert len(found.services) == 6


def test_what_is_upheld_is_held_back_no_more_and_may_be_disputed_again(database: Database) -> None:
    put(database, BIRTH, "leave")
    with database.write() as conn:
        (found,) = disputes.disputes_of(conn, ANNA)
        assert disputes.settle(conn, found.dispute_id, disputes.UPHELD, "civil", "as it was", AT)
        assert not disputes.settle(conn, found.dispute_id, disputes.CORRECTED, "civil", "", AT)
        assert disputes.held_back(conn, ANNA) == []
        assert disputes.disputed_roots(conn, ANNA) == frozenset()
    assert put(database, BIRTH, "leave")


def test_what_is_corrected_is_held_back_as_corrected(database: Database) -> None:
    put(database, BIRTH, "leave")
    with database.write() as conn:
        (found,) = disputes.disputes_of(conn, ANNA)
        disputes.settle(conn, found.dispute_id, disputes.CORRECTED, "civil", "", AT)
        assert disputes.held_back(conn, ANNA) == [replace(BIRTH, corrected=True)]
        assert disputes.disputed_roots(conn, ANNA) == {"b1", "question:b1"}
        assert disputes.disputing_citizens(conn) == []


def test_a_register_is_asked_by_one_worker_until_it_answers(database: Database) -> None:
    put(database, BIRTH, "leave")
    put(database, INCOME, "leave", asked=disputes.NOWHERE)

    def claim(_: int) -> disputes.Dispute | None:
        with database.write() as conn:
            return disputes.claim_due(conn, AT, 60_000_000)

    with ThreadPoolExecutor(4) as pool:
        (claimed,) = [found for found in pool.map(claim, range(4)) if found is not None]
    with database.write() as conn:
        assert disputes.claim_due(conn, AT + timedelta(seconds=59), 60_000_000) is None
        again = disputes.claim_due(conn, AT + timedelta(seconds=61), 60_000_000)
        assert again is not None
        assert (again.dispute_id, again.attempts) == (claimed.dispute_id, 1)
        disputes.asked(conn, again, again_us=None)
        assert disputes.claim_due(conn, AT + timedelta(days=9), 60_000_000) is None

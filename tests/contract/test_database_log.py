"""The fact log, links, grounds and clients: the same promises on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from recommender.decision import LegalGround
from recommender.errors import ConflictError
from recommender.facts import Fact, FactKind
from recommender.identifiers import CitizenId, DecisionId, EventType, FactId
from serving.database import citizens, clients, facts, grounds
from serving.database.connect import Database

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)
ANNA = CitizenId("anna")


def fact(fact_id: str = "f1", citizen: CitizenId = ANNA, minutes: int = 0) -> Fact:
    known = AT + timedelta(minutes=minutes)
    return Fact(FactId(fact_id), citizen, FactKind.LIFE_EVENT, "civil", AT, known, event_type=EventType("child_born"))


def test_the_same_fact_is_kept_once_and_answered_alike(database: Database) -> None:
    with database.write() as conn:
        assert facts.accept(conn, fact(), "digest", "portal", parked=False) == facts.Accepted("accepted")
    with database.write() as conn:
        assert facts.accept(conn, fact(), "digest", "portal", parked=True) == facts.Repeated("accepted")
    with database.read() as conn:
        assert facts.undecided(conn, 10) == [fact()]


def test_the_same_id_with_another_body_is_a_conflict_and_changes_nothing(database: Database) -> None:
    with database.write() as conn:
        facts.accept(conn, fact(), "digest", "portal", parked=False)
    with pytest.raises(ConflictError), database.write() as conn:
        facts.accept(conn, fact(), "another", "portal", parked=False)
    with database.read() as conn:
        assert facts.facts_of(conn, ANNA) == (fact(),)


def test_eight_senders_of_one_fact_leave_one_fact(database: Database) -> None:
    def send(_: int) -> str:
        with database.write() as conn:
            return type(facts.accept(conn, fact(), "digest", "portal", parked=False)).__name__

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(send, range(8)))
    assert answers == ["Accepted", *["Repeated"] * 7]


def test_facts_wait_in_the_order_accepted(database: Database) -> None:
    told = [fact("b", minutes=2), fact("a", minutes=1), fact("c", minutes=0)]
    with database.write() as conn:
        for each in told:
            facts.accept(conn, each, "digest", "portal", parked=False)
    with database.read() as conn:
        assert facts.undecided(conn, 2) == told[:2]
        assert facts.latest_known(conn) == int(told[0].known_at.timestamp() * 1_000_000)


def test_a_fact_is_decided_on_once(database: Database) -> None:
    with database.write() as conn:
        facts.accept(conn, fact(), "digest", "portal", parked=False)
        facts.decided(conn, FactId("f1"), DecisionId("d1"))
    with pytest.raises(ConflictError), database.write() as conn:
        facts.decided(conn, FactId("f1"), DecisionId("d2"))
    with database.read() as conn:
        assert facts.undecided(conn, 10) == []
        assert facts.find_state(conn, FactId("f1"), "portal") == ("decided", "d1")
        assert facts.find_state(conn, FactId("f1"), "other") is None


def test_parked_facts_are_not_told_until_their_citizen_arrives(database: Database) -> None:
    with database.write() as conn:
        assert facts.accept(conn, fact(), "digest", "portal", parked=True).status == "parked"
    with database.read() as conn:
        assert (facts.undecided(conn, 10), facts.facts_of(conn, ANNA)) == ([], ())
        assert facts.parked_citizens(conn) == [ANNA]
        assert facts.citizens_told_of(conn) == []
    with database.write() as conn:
        citizens.ensure_known(conn, ANNA, AT)
        citizens.ensure_known(conn, ANNA, AT)
        assert facts.unpark(conn, ANNA) == 1
    with database.read() as conn:
        assert citizens.is_known(conn, ANNA)
        assert facts.undecided(conn, 10) == [fact()]


def test_an_identifier_belongs_to_one_portal_and_stays(database: Database) -> None:
    with database.write() as conn:
        mine = citizens.link(conn, "portal", ANNA, AT)
        assert citizens.link(conn, "portal", ANNA, AT) == mine
        theirs = citizens.link(conn, "other", ANNA, AT)
    assert mine != theirs
    with database.read() as conn:
        assert citizens.find_by_link(conn, "portal", mine) == ANNA
        assert citizens.find_by_link(conn, "other", mine) is None
        assert not citizens.is_linked(conn, "third", ANNA)


def test_a_ground_is_versioned_and_the_latest_counts(database: Database) -> None:
    with database.write() as conn:
        assert grounds.get_ground(conn, ANNA, "inform") is None
        grounds.put_ground(conn, ANNA, "inform", LegalGround("law", "Act", False, 0), AT)
        grounds.put_ground(conn, ANNA, "inform", LegalGround("law", "Act", True, 1), AT)
    with database.read() as conn:
        assert grounds.get_ground(conn, ANNA, "inform") == LegalGround("law", "Act", True, 2)
        assert grounds.get_ground(conn, ANNA, "other") is None


def test_a_client_is_known_by_its_secret_only(database: Database) -> None:
    with database.write() as conn:
        clients.add(conn, "portal", "s3cret", frozenset({"recommend"}), AT)
    with pytest.raises(ConflictError), database.write() as conn:
        clients.add(conn, "portal", "another", frozenset(), AT)
    with database.read() as conn:
        assert clients.verify(conn, "portal", "s3cret") == {"recommend"}
        assert clients.verify(conn, "portal", "another") is None
        assert clients.verify(conn, "nobody", "s3cret") is None


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as conn:
        facts.accept(conn, fact(), "digest", "portal", parked=False)
        raise RuntimeError("killed here")
    with database.read() as conn:
        assert facts.undecided(conn, 10) == []

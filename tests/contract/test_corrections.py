"""Taking back what was told: who was told gets one correction, what waits is cancelled; on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from recommender.clock import FixedClock
from recommender.decision import LegalGround
from recommender.identifiers import CitizenId, FactId, NotificationId
from recommender.stops import Reach, Stopped, Word
from serving.database import corrections, decisions, grounds, inbox, notices, outbox, standing, stops
from serving.database.connect import Database
from serving.database.preferences import PROFILING, REFUSED, put_preferences
from serving.database.tables import notification
from serving.database.tables import outbox as rows
from serving.messages.notice import Kind
from tests.contract.decided import decided
from tests.contract.test_stopping_delivery import delivery

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)
ANNA, BERT = CitizenId("anna"), CitizenId("bert")
ROOT = decided("x", AT).push[0].cause.root
LAW = LegalGround("law", "Act", False, 0)


def pushed(database: Database, decision_id: str) -> NotificationId:
    with database.write() as conn:
        decisions.record(conn, decided(decision_id, AT))
        found = conn.execute(select(notification.c.notification_id).where(notification.c.decision_id == decision_id))
        return NotificationId(found.scalar_one())


def take_back(database: Database, citizen_id: CitizenId = ANNA, root: FactId = ROOT) -> corrections.TakenBack:
    with database.write() as conn:
        return corrections.take_back(conn, corrections.of_cause(conn, citizen_id, root), AT, "fact_withdrawn")


def shown(database: Database) -> list[inbox.Shown]:
    with database.read() as conn:
        return list(inbox.list_shown(conn, ANNA, 0, 10))


def test_what_waits_is_cancelled_once_and_never_corrected(database: Database) -> None:
    waits = pushed(database, "d1")
    assert take_back(database, BERT) == ((), ())
    assert take_back(database) == ((), (waits,))
    assert take_back(database) == ((), ())
    delivery(database, FixedClock(AT)).step()
    assert shown(database) == []


def test_who_was_told_gets_one_correction_however_often_it_is_taken_back(database: Database) -> None:
    told = pushed(database, "d1")
    way = delivery(database, FixedClock(AT))
    way.step()
    for _ in range(3):
        assert take_back(database).told == (told,)
        way.step()
    first, correction = shown(database)
    assert (first.notification_id, first.corrects) == (told, None)
    assert (correction.corrects, correction.services, correction.root) == (told, first.services, ROOT)
    assert correction.corrected_us == first.created_us
    with database.read() as conn:
        found = notices.read_notices(conn, [correction.notification_id, told])
        stand = standing.read_standing(conn, ANNA, AT, LAW, lambda said, at: None)
    assert found[correction.notification_id].kind is Kind.CORRECTION
    assert found[correction.notification_id].told_at == AT
    assert found[told].kind is Kind.TOLD
    counted = {(each.service_id, each.cause, each.at_us) for each in stand.told}
    assert len(counted) == len(first.services), "a correction counts against no cap, what it corrects still does"
    assert {cause for _, cause, _ in counted} == {f"corrected:{ROOT}"}, "the cause may be told again, rightly"


def test_what_is_handed_over_just_now_is_corrected_and_not_tried_again(database: Database) -> None:
    sending = pushed(database, "d1")
    with database.write() as conn:
        outbox.claim(conn, "inbox", 1, AT, outbox.Lease("a worker that dies", 30))
    assert take_back(database) == ((sending,), ())
    delivery(database, FixedClock(AT + timedelta(minutes=1))).step()
    with database.read() as conn:
        row = conn.execute(select(rows.c.state, rows.c.reason).where(rows.c.notification_id == sending)).one()
    assert tuple(row) == (outbox.CANCELLED, "taken_back")
    assert [each.corrects for each in shown(database)] == [sending]


@pytest.mark.parametrize(
    ("of", "goes"),
    [
        (Stopped(Reach.SERVICE, "birth_allowance"), True),
        (Stopped(Reach.AUTHORITY, "family_office"), True),
        (Stopped(Reach.CHANNEL, "inbox"), False),
        (Stopped(Reach.EVERYTHING), False),
    ],
    ids=str,
)
def test_a_correction_passes_the_stop_of_what_it_takes_back(database: Database, of: Stopped, goes: bool) -> None:
    pushed(database, "d1")
    way = delivery(database, FixedClock(AT))
    way.step()
    take_back(database)
    with database.write() as conn:
        stops.put(conn, of, Word("Anna Ahn", "console", "wrong", AT))
    way.step()
    assert len(shown(database)) == 1 + goes


def test_a_correction_respects_an_objection_and_is_no_profiling(database: Database) -> None:
    pushed(database, "d1")
    way = delivery(database, FixedClock(AT))
    way.step()
    take_back(database)
    with database.write() as conn:
        put_preferences(conn, ANNA, {PROFILING: REFUSED}, AT)
    way.step()
    assert len(shown(database)) == 2
    pushed(database, "d2")
    with database.write() as conn:
        put_preferences(conn, ANNA, {}, AT)
    way.step()
    take_back(database)
    with database.write() as conn:
        grounds.put_ground(conn, ANNA, "inform", replace(LAW, objected=True), AT)
    way.step()
    assert len(shown(database)) == 3, "who objects is told nothing unasked"

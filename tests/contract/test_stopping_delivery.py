"""Stops at the door: nothing leaves once it stands, nothing is lost, and a deadline is still a deadline."""

import time
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import func, select, text, update

from recommender.clock import Clock, FixedClock
from recommender.decision import LegalGround
from recommender.identifiers import CatalogueVersion, CitizenId, ServiceId
from recommender.instants import to_us
from recommender.publication import Signature
from recommender.stops import NO_AUTHORITY, Reach, Stopped, Word
from serving.database import catalogues, decisions, inbox, outbox, publications, stops
from serving.database.connect import Database
from serving.database.tables import notification
from serving.database.tables import outbox as rows
from serving.delivery.announcing import Announcing
from serving.delivery.holding import Holding
from serving.delivery.hub import Hub
from serving.delivery.last_look import LastLook
from serving.delivery.showing import Delivery
from serving.delivery.stopping import Stopping
from serving.metrics import Metrics
from tests.contract.decided import CATALOGUE, decided
from tests.contract.queued import queue

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)
ANNA = CitizenId("anna")
SERVICE = Stopped(Reach.SERVICE, "birth_allowance")
WORD = Word("Anna Ahn", "console", "drill", AT)
AUTHORITIES = {"birth_allowance": "family_office", "parental_leave": "labour_office"}


def delivery(database: Database, clock: Clock) -> Delivery:
    law = LegalGround("law", "Act", False, 0)
    holding = Holding(lambda service: AUTHORITIES.get(service, NO_AUTHORITY))
    look = LastLook(lambda citizen: law, lambda said, at: None, holding, True)
    return Delivery(database, clock, Metrics(), Hub(), look, Announcing(frozenset(), b"key"), 32, 30.0)


def delivered(database: Database) -> int:
    with database.read() as conn:
        return int(conn.execute(select(func.count()).where(rows.c.state == outbox.DELIVERED)).scalar_one())


@pytest.mark.parametrize("of", [Stopped(Reach.EVERYTHING), SERVICE], ids=str)
def test_with_ten_thousand_queued_nothing_leaves_one_second_after_a_stop(database: Database, of: Stopped) -> None:
    queue(database, 10_000, AT)
    clock = FixedClock(AT + timedelta(minutes=1))
    ways, over = [delivery(database, clock) for _ in range(2)], Event()

    def work(way: Delivery) -> None:
        while not over.is_set():
            if not way.step():
                time.sleep(0.02)

    workers = [Thread(target=work, args=(way,)) for way in ways]
    for worker in workers:
        worker.start()
    while delivered(database) < 100:
        time.sleep(0.01)
    desk = Stopping(database, clock, lambda: CATALOGUE)
    began = time.monotonic()
    desk.stop(of, "drill", "Anna Ahn", "console")
    time.sleep(max(0.0, began + 1 - time.monotonic()))
    after_a_second = delivered(database)
    time.sleep(1.5)
    assert delivered(database) == after_a_second < 10_000
    desk.resume(of, "over", "Anna Ahn", "console")
    until = time.monotonic() + 15
    while delivered(database) < after_a_second + 300 and time.monotonic() < until:
        time.sleep(0.02)
    over.set()
    for worker in workers:
        worker.join()
    with database.read() as conn:
        shown = conn.execute(select(func.count()).where(notification.c.sequence.is_not(None))).scalar_one()
        due = conn.execute(select(func.count()).where(rows.c.due_us <= to_us(clock.now()))).scalar_one()
    assert delivered(database) == shown >= after_a_second + 300
    assert due == 10_000, "what was held back is due again, none forgotten"


@pytest.mark.parametrize(
    ("of", "goes"),
    [
        (SERVICE, False),
        (Stopped(Reach.AUTHORITY, "labour_office"), False),
        (Stopped(Reach.CHANNEL, "inbox"), False),
        (Stopped(Reach.EVERYTHING), False),
        (Stopped(Reach.CHANNEL, "email"), True),
        (Stopped(Reach.AUTHORITY, "tax_office"), True),
        (Stopped(Reach.SERVICE, "job_help"), True),
    ],
    ids=str,
)
def test_a_notification_waits_while_any_of_its_services_is_stopped_and_goes_when_it_is_lifted(
    database: Database, of: Stopped, goes: bool
) -> None:
    clock = FixedClock(AT)
    with database.write() as conn:
        decisions.record(conn, decided("d1", AT))
        stops.put(conn, of, WORD)
    way = delivery(database, clock)
    way.step()
    assert delivered(database) == goes
    Stopping(database, clock, lambda: CATALOGUE).resume(of, "", "Anna Ahn", "console")
    way.step()
    with database.read() as conn:
        assert len(inbox.list_shown(conn, ANNA, 0, 10)) == 1


def test_the_deadline_of_what_waits_is_honoured(database: Database) -> None:
    clock = FixedClock(AT)
    with database.write() as conn:
        decisions.record(conn, decided("d1", AT))
        conn.execute(update(notification).values(deadline_us=int((AT + timedelta(hours=1)).timestamp() * 1e6)))
        stops.put(conn, SERVICE, WORD)
    way = delivery(database, clock)
    way.step()
    clock.move(timedelta(hours=2))
    way.step()
    with database.read() as conn:
        state, reason = conn.execute(select(rows.c.state, rows.c.reason)).one()
    assert (state, reason) == (outbox.CANCELLED, "too_late")


def test_where_stops_cannot_be_read_nothing_leaves(database: Database) -> None:
    with database.write() as conn:
        decisions.record(conn, decided("d1", AT))
        conn.execute(text("ALTER TABLE stop RENAME TO elsewhere"))
    way = delivery(database, FixedClock(AT))
    with pytest.raises(Exception, match="stop"):
        way.step()
    assert delivered(database) == 0
    with database.write() as conn:
        conn.execute(text("ALTER TABLE elsewhere RENAME TO stop"))
    way.step()
    assert delivered(database) == 1


def test_what_was_decided_by_a_catalogue_that_was_rolled_back_since_is_cancelled(database: Database) -> None:
    version = CatalogueVersion(decided("x", AT).versions.catalogue)
    anna, bert = (Signature(name, "console", AT) for name in ("Anna Ahn", "Bert Bo"))
    with database.write() as conn:
        decisions.record(conn, decided("d1", AT))
        catalogues.put_catalogue(conn, version, b"[]", AT)
        number = publications.draft(conn, version, AT, anna, "").number
        publications.approve(conn, number, bert)
        assert publications.rolled_back(conn) == frozenset()
        publications.roll_back(conn, number, anna, "wrong")
        assert publications.rolled_back(conn) == {version}
    delivery(database, FixedClock(AT)).step()
    with database.write() as conn:
        assert conn.execute(select(rows.c.state, rows.c.reason)).one() == (outbox.CANCELLED, "catalogue_rolled_back")
        publications.approve(conn, publications.draft(conn, version, AT, anna, "again").number, bert)
        assert publications.rolled_back(conn) == frozenset(), "published again, it counts again"


def test_a_service_that_left_the_catalogue_waits_while_any_authority_is_stopped(database: Database) -> None:
    clock = FixedClock(AT)
    with database.write() as conn:
        decisions.record(conn, decided("d1", AT))
        stops.put(conn, Stopped(Reach.AUTHORITY, "tax_office"), WORD)
        holding = Holding(lambda service: "")
        note = conn.execute(select(notification.c.notification_id)).scalar_one()
        held = holding.look(conn, note, "inbox", clock.now())
    assert held is not None
    assert (held.reason, held.for_good) == ("stopped: authority tax_office", False)
    assert ServiceId("birth_allowance") in decided("x", AT).push[0].service_ids

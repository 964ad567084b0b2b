"""Decisions, outbox, inbox, standing: the same promises on SQLite and PostgreSQL."""

import time as time_module
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from threading import Event

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from recommender.decision import LegalGround, Told, Trigger
from recommender.errors import NotFoundError, WorkspaceError
from recommender.identifiers import CitizenId, DecisionId, NotificationId
from recommender.instants import to_us
from recommender.quiet import Quiet
from serving.database import (
    decisions,
    feedback,
    grounds,
    inbox,
    message_tables,  # noqa: F401  # its tables belong to the same schema
    outbox,
    standing,
)
from serving.database.answers import put_answer, read_answers
from serving.database.connect import Database, open_database
from serving.database.preferences import Said, put_preferences, read_preferences
from serving.database.schema import metadata
from tests.contract.decided import decided

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)
ANNA = CitizenId("anna")
LAW = LegalGround("law", "Act", False, 0)


def never_quiet(said: Said, at: datetime) -> Quiet | None:
    return None


def pushed(database: Database, decision_id: str, at: datetime = AT) -> NotificationId:
    """Record a decision with a push, and the notification it made."""
    with database.write() as conn:
        decisions.record(conn, decided(decision_id, at))
        found = conn.execute(
            text("SELECT notification_id FROM notification WHERE decision_id = :d"), {"d": decision_id}
        ).scalar_one()
    return NotificationId(found)


def test_a_push_commits_with_its_receipt_and_its_outbox_row(database: Database) -> None:
    notification_id = pushed(database, "d1")
    with database.read() as conn:
        assert decisions.get_receipt(conn, DecisionId("d1")) == decided("d1", AT).receipt
        assert inbox.find(conn, notification_id) == (ANNA, decided("d1", AT).push[0].service_ids)
        assert inbox.list_shown(conn, ANNA, 0, 10) == []
        with pytest.raises(NotFoundError):
            decisions.get_receipt(conn, DecisionId("d2"))
    with database.write() as conn:
        claimed = outbox.claim(conn, "inbox", 10, AT, outbox.Lease("w", 30))
    assert [row.notification_id for row in claimed] == [notification_id]


def test_a_repeated_silence_is_stored_once_with_its_last_time(database: Database) -> None:
    def ask(decision_id: str, minutes: int, score: float = 0.5) -> str:
        asked = decided(decision_id, AT + timedelta(minutes=minutes), trigger=Trigger.REQUEST, score=score)
        with database.write() as conn:
            return decisions.record(conn, asked)

    assert [ask("a", 0), ask("b", 1), ask("c", 2)] == ["a", "a", "a"]
    assert ask("d", 3, score=0.25) == "d"
    with database.read() as conn:
        rows = conn.execute(text("SELECT decision_id, times, last_us - first_us FROM decision ORDER BY first_us")).all()
    assert [tuple(row) for row in rows] == [("a", 3, 120_000_000), ("d", 1, 0)]


def test_two_workers_never_claim_the_same_row(database: Database) -> None:
    for n in range(40):
        pushed(database, f"d{n}", AT + timedelta(seconds=n))

    def work(worker: int) -> list[str]:
        taken: list[str] = []
        while True:
            with database.write() as conn:
                rows = outbox.claim(conn, "inbox", 3, AT + timedelta(hours=1), outbox.Lease(f"w{worker}", 60))
            if not rows:
                return taken
            taken += [row.notification_id for row in rows]

    with ThreadPoolExecutor(4) as pool:
        taken = [each for part in pool.map(work, range(4)) for each in part]
    assert len(taken) == len(set(taken)) == 40


def test_a_dead_workers_row_comes_back_when_its_lease_ends(database: Database) -> None:
    pushed(database, "d1")
    for after_s, expected in ((0, 1), (10, 0), (31, 1)):
        with database.write() as conn:
            rows = outbox.claim(conn, "inbox", 10, AT + timedelta(seconds=after_s), outbox.Lease("w", 30))
        assert len(rows) == expected


def test_a_delivered_row_and_a_cancelled_row_are_done_and_a_failed_one_waits(database: Database) -> None:
    for n in range(3):
        pushed(database, f"d{n}", AT + timedelta(seconds=n))
    later = AT + timedelta(minutes=1)
    with database.write() as conn:
        first, second, third = outbox.claim(conn, "inbox", 10, later, outbox.Lease("w", 30))
        outbox.delivered(conn, first, later)
        outbox.cancelled(conn, second, later, "objected")
        outbox.failed(conn, third, later, outbox.Failure(outbox.TEMPORARY, "busy", later + timedelta(minutes=5)))
    for after, expected in ((timedelta(minutes=2), []), (timedelta(minutes=7), [third.notification_id])):
        with database.write() as conn:
            rows = outbox.claim(conn, "inbox", 10, AT + after, outbox.Lease("w", 30))
        assert [row.notification_id for row in rows] == expected


def test_an_inbox_is_numbered_without_gaps_and_a_resumed_reader_misses_nothing(database: Database) -> None:
    made = [pushed(database, f"d{n}", AT + timedelta(seconds=n)) for n in range(12)]
    seen: list[int] = []

    def show(notification_id: NotificationId) -> None:
        with database.write() as conn:
            inbox.show(conn, notification_id, AT)

    def read() -> None:
        for _ in range(60):
            with database.read() as conn:
                seen.extend(n.sequence for n in inbox.list_shown(conn, ANNA, seen[-1] if seen else 0, 100))

    with ThreadPoolExecutor(5) as pool:
        reader = pool.submit(read)
        list(pool.map(show, made))
        reader.result()
    read()
    assert seen == list(range(1, 13))


def test_the_standing_tells_ground_what_was_told_and_refusals(database: Database) -> None:
    notification_id = pushed(database, "d1")
    services = decided("d1", AT).push[0].service_ids
    with database.write() as conn:
        for kind in ("not_now", "impression", "never", "not_now"):
            said = {"kind": kind, "outcome": None, "portal": "portal"}
            feedback.add(conn, notification_id, ANNA, services[0], said, AT)
    with database.read() as conn:
        stand = standing.read_standing(conn, ANNA, AT, LAW, never_quiet)
    root = decided("d1", AT).push[0].cause.root
    assert stand.ground == LAW
    assert stand.told == tuple(Told(service, root, to_us(AT)) for service in services)
    assert stand.refusals == {services[0]: ("never", to_us(AT))}


def test_what_was_told_years_ago_is_not_forgotten(database: Database) -> None:
    """A service may answer a life event for years; what was told of it must not be told again after one."""
    for years in (0, 4):
        pushed(database, f"d{years}", AT + timedelta(days=365 * years))
    with database.read() as conn:
        told = standing.read_standing(conn, ANNA, AT, LAW, never_quiet).told
    assert {each.at_us for each in told} == {to_us(AT), to_us(AT + timedelta(days=1460))}


def test_objections_and_preferences_are_versioned_and_the_last_word_counts(database: Database) -> None:
    night = Quiet(time(21), time(8), "UTC")

    def quiet_of(said: Said, at: datetime) -> Quiet | None:
        return night if said.get("zone") == "UTC" else None

    with database.write() as conn:
        for authority, objected in (("tax", True), ("school", True), ("tax", False)):
            grounds.put_objection(conn, ANNA, "inform", authority, objected, AT)
        put_preferences(conn, ANNA, {"zone": "Asia/Shanghai"}, AT)
        put_preferences(conn, ANNA, {"zone": "UTC"}, AT)
    with database.read() as conn:
        stand = standing.read_standing(conn, ANNA, AT, LAW, quiet_of)
        assert (stand.objected, stand.quiet) == (frozenset({"school"}), night)
        assert read_preferences(conn, CitizenId("bert")) == {}
        assert conn.execute(text("SELECT count(*) FROM objection")).scalar_one() == 3


def test_the_last_answer_counts_and_the_former_ones_are_kept(database: Database) -> None:
    with database.write() as conn:
        for value in ("rent", "rent", "own"):
            put_answer(conn, ANNA, "tenure", value, AT)
        put_answer(conn, ANNA, "age", 40.0, AT)
        put_answer(conn, ANNA, "student", True, AT)
        put_answer(conn, ANNA, "student", None, AT)
    with database.read() as conn:
        assert read_answers(conn, ANNA) == {"tenure": "own", "age": 40.0}
        assert read_answers(conn, CitizenId("bert")) == {}
        assert conn.execute(text("SELECT count(*) FROM answer")).scalar_one() == 5


def test_preferences_that_cannot_be_read_make_the_push_wait(database: Database) -> None:
    def broken(said: Said, at: datetime) -> Quiet | None:
        raise ValueError("no such zone")

    with database.read() as conn:
        assert not standing.read_standing(conn, ANNA, AT, LAW, broken).readable


def test_only_one_holds_a_citizen_at_a_time(database: Database) -> None:
    order: list[str] = []
    begun = Event()

    def second() -> None:
        begun.wait(5)
        with database.write() as conn:
            standing.hold(conn, ANNA)
            order.append("second")

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second)
        with database.write() as conn:
            standing.hold(conn, ANNA)
            begun.set()
            time_module.sleep(0.2)
            order.append("first")
        waiting.result(10)
    assert order == ["first", "second"]


def test_a_cancelled_notification_was_not_told(database: Database) -> None:
    pushed(database, "d1")
    with database.write() as conn:
        (row,) = outbox.claim(conn, "inbox", 10, AT, outbox.Lease("w", 30))
        outbox.cancelled(conn, row, AT, "objected")
    with database.read() as conn:
        assert standing.read_standing(conn, ANNA, AT, LAW, never_quiet).told == ()


def test_migrations_make_the_tables_that_the_code_knows(database_url: str) -> None:
    with open_database(database_url) as database, database.read() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


def test_a_database_of_a_newer_version_is_refused_in_one_line(database_url: str) -> None:
    with open_database(database_url) as database, database.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WorkspaceError, match="newer version"):
        open_database(database_url)


def test_four_that_open_an_empty_database_at_once_all_get_it(database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: open_database(database_url), range(4)))
    assert [database.state() for database in opened] == ["readable"] * 4
    for database in opened:
        database.close()

"""Stored notifications as notices, and their codes: the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from recommender.identifiers import NotificationId
from serving.database import codes, decisions
from serving.database.connect import Database
from serving.database.notices import read_notices
from serving.database.tables import notification
from serving.messages.codes import code_of
from serving.messages.notice import Kind
from tests.contract.decided import decided

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)


def _record(database: Database, *days: int) -> list[NotificationId]:
    with database.write() as conn:
        for day in days:
            decisions.record(conn, decided(f"d{day}", AT + timedelta(days=day)))
        found = conn.execute(select(notification.c.notification_id).order_by(notification.c.created_us)).scalars()
        return [NotificationId(one) for one in found]


def test_the_second_telling_of_one_fact_is_a_reminder_and_only_the_first_is_the_first_contact(
    database: Database,
) -> None:
    first, second = _record(database, 0, 40)
    with database.read() as conn:
        notices = read_notices(conn, [second, first])
    assert notices[first].kind is Kind.TOLD
    assert notices[first].first
    assert notices[first].service_ids == ("birth_allowance", "parental_leave")
    assert notices[second].kind is Kind.REMINDER
    assert not notices[second].first


def test_what_was_cancelled_reached_nobody_so_the_next_is_the_first_contact(database: Database) -> None:
    first, second = _record(database, 0, 40)
    with database.write() as conn:
        conn.execute(update(notification).where(notification.c.notification_id == first).values(state="cancelled"))
        notice = read_notices(conn, [second])[second]
    assert notice.first
    assert notice.kind is Kind.TOLD


def test_a_code_is_issued_once_and_leads_back(database: Database) -> None:
    (one,) = _record(database, 0)
    with database.write() as conn:
        given = codes.issue(conn, [one], b"key", AT)
    with database.write() as conn:
        assert codes.issue(conn, [one], b"another key", AT + timedelta(days=1)) == given
        behind = codes.find(conn, given[one])
        assert behind is not None
        assert behind.notification_id == one
        assert codes.find(conn, "0" * 10) is None


def test_two_notifications_that_fall_on_one_code_get_two(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = _record(database, 0, 40)
    monkeypatch.setattr(codes, "code_of", lambda key, _id, turn=0: code_of(key, "same", turn))
    with database.write() as conn:
        given = codes.issue(conn, [first, second], b"key", AT)
    assert given[first] != given[second]


def test_what_is_told_again_after_a_correction_is_no_reminder(database: Database) -> None:
    first, correction, second = _record(database, 0, 20, 40)
    with database.write() as conn:
        correcting = update(notification).where(notification.c.notification_id == correction).values(corrects=first)
        conn.execute(correcting)
        notices = read_notices(conn, [correction, second])
    assert notices[correction].kind is Kind.CORRECTION
    assert notices[second].kind is Kind.TOLD

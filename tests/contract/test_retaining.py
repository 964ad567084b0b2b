"""Retention: what is due goes with all that hangs on it, what is not stays, and so does what holds for ever."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from recommender.identifiers import CitizenId
from recommender.instants import to_us
from serving.database import preferences, retaining
from serving.database.connect import Connection, Database
from serving.database.retaining import KINDS, Kind, count_due, delete_due
from serving.database.schema import metadata
from tests.contract.test_erasing import put

NOW = datetime(2041, 1, 1, tzinfo=UTC)
LONG = 10_000
"""Rows of `put` lie at the beginning of 1970."""


def kind(name: str, table: str | None = None) -> Kind:
    return next(each for each in KINDS if each.name == name and table in (None, each.table.name))


def rows(conn: Connection, table: str) -> int:
    return int(conn.execute(select(func.count()).select_from(metadata.tables[table])).scalar_one())


def run(database: Database, of: Kind, days: int = LONG) -> int:
    return sum(delete_due(database, of, days, NOW))


def settled(conn: Connection, state: str = "delivered", said: str = "impression") -> None:
    conn.execute(metadata.tables["notification"].update().values(state=state))
    conn.execute(metadata.tables["feedback"].update().values(kind=said))


def test_a_notification_goes_with_its_deliveries_and_then_its_decision(database: Database) -> None:
    with database.write() as conn:
        put(conn, CitizenId("0a1b2c3d4e5f60718293a4b5c6d7e8f9"))
        settled(conn)
    assert run(database, kind("decisions")) == 0
    assert count_due(database, kind("notifications"), LONG, NOW) == 1
    assert run(database, kind("notifications")) == 1
    assert run(database, kind("decisions")) == 1
    with database.read() as conn:
        gone = ("notification", "notification_service", "outbox", "message_code", "feedback", "decision")
        assert [rows(conn, table) for table in gone] == [0] * len(gone)
        reports = metadata.tables["application_report"]
        assert conn.execute(select(reports.c.notification_id)).scalars().all() == [None]


@pytest.mark.parametrize(
    ("state", "said"), [("delivered", "never"), ("delivered", "already_have"), ("created", "impression")]
)
def test_what_holds_for_ever_or_is_under_way_stays(database: Database, state: str, said: str) -> None:
    with database.write() as conn:
        put(conn, CitizenId("0a1b2c3d4e5f60718293a4b5c6d7e8f9"))
        settled(conn, state, said)
    assert run(database, kind("notifications")) == 0
    assert run(database, kind("decisions")) == 0


def test_kept_until_erased_is_never_due(database: Database) -> None:
    with database.write() as conn:
        put(conn, CitizenId("0a1b2c3d4e5f60718293a4b5c6d7e8f9"))
        settled(conn)
    for each in KINDS:
        assert count_due(database, each, 0, NOW) == 0
        assert run(database, each, 0) == 0


def test_of_wishes_only_those_go_that_were_replaced_long_ago(database: Database) -> None:
    anna = CitizenId("anna")
    with database.write() as conn:
        for days, zone in ((900, "UTC"), (500, "Europe/Tallinn"), (10, "Asia/Shanghai")):
            preferences.put_preferences(conn, anna, {"zone": zone}, NOW - timedelta(days=days))
    of = kind("former_wishes", "preference")
    assert run(database, of, 400) == 1
    with database.read() as conn:
        assert preferences.read_preferences(conn, anna) == {"zone": "Asia/Shanghai"}
        assert rows(conn, "preference") == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(ages=st.lists(st.integers(0, 60), max_size=12), days=st.integers(1, 60), batch=st.integers(1, 5))
def test_exactly_what_is_older_goes_in_any_number_of_runs(
    database: Database, ages: list[int], days: int, batch: int
) -> None:
    reading = metadata.tables["reading"]

    def row(age: int) -> dict[str, Any]:
        at_us = to_us(NOW - timedelta(days=age))
        return {"decision_id": "d", "citizen_id": "anna", "portal": "p", "purpose": "a test", "at_us": at_us}

    with database.write() as conn:
        conn.execute(reading.delete())
        for age in ages:
            conn.execute(insert(reading), row(age))
    due = count_due(database, kind("readings"), days, NOW)
    with pytest.MonkeyPatch.context() as small:
        small.setattr(retaining, "BATCH", batch)
        killed = delete_due(database, kind("readings"), days, NOW)
        first = next(killed, 0)  # and the rest of that run never happens
        assert first + run(database, kind("readings"), days) == due
    with database.read() as conn:
        left = conn.execute(select(reading.c.at_us)).scalars().all()
    assert sorted(left) == sorted(to_us(NOW - timedelta(days=age)) for age in ages if age <= days)
    assert due == len([age for age in ages if age > days])

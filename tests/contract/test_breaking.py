"""The breaker over real rows: it stops a service that is suddenly loud, once, until a person lifts it."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from recommender.breaker import Breaker
from recommender.clock import FixedClock
from recommender.identifiers import ServiceId
from recommender.stops import Reach, Stopped, Word
from serving.database import decisions, hourly, stops
from serving.database.connect import Database
from serving.delivery.breaking import Breaking
from tests.contract.decided import decided

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)
NAMED = {"birth_allowance", "parental_leave"}


def push(database: Database, number: int, at: datetime) -> None:
    with database.write() as conn:
        for n in range(number):
            decisions.record(conn, decided(f"{at:%d%H%M%S}-{n}", at, citizen=f"c{n}"))


def test_a_service_far_louder_than_usual_is_stopped_once_and_not_again_after_a_person_lifted_it(
    database: Database,
) -> None:
    clock = FixedClock(AT)
    breaking = Breaking(database, clock, Breaker(multiple=3, floor=4))
    push(database, 12, AT - timedelta(minutes=20))
    assert breaking.step() == []
    push(database, 1, AT - timedelta(minutes=1))
    made = breaking.step()
    assert {stop.stopped.name for stop in made} == NAMED
    assert made[0].said == Word("breaker", "herald", "breaker: 13 pushes within an hour, usual are 4, limit 12", AT)
    assert breaking.step() == []

    with database.write() as conn:
        for name in NAMED:
            stops.lift(conn, Stopped(Reach.SERVICE, name), Word("Anna Ahn", "console", "", AT))
    clock.move(timedelta(minutes=5))
    assert breaking.step() == [], "whoever lifted it has looked at what was pushed"
    push(database, 13, AT + timedelta(minutes=4))
    assert len(breaking.step()) == 2


def test_the_usual_is_what_the_same_hour_of_the_days_before_had(database: Database) -> None:
    for day in range(1, 6):
        push(database, 2 * day, AT - timedelta(days=day, minutes=30))
        push(database, 9, AT - timedelta(days=day, hours=5))
    with database.read() as conn:
        assert list(hourly.same_hours(conn, ServiceId("birth_allowance"), AT, 28)) == [2, 4, 6, 8, 10]
        assert list(hourly.same_hours(conn, ServiceId("birth_allowance"), AT, 2)) == [2, 4]
        assert list(hourly.same_hours(conn, ServiceId("other"), AT, 28)) == []
    push(database, 12, AT - timedelta(minutes=1))
    assert Breaking(database, FixedClock(AT), Breaker(multiple=2, floor=1)).step() == []
    assert len(Breaking(database, FixedClock(AT), Breaker(multiple=1.9, floor=1)).step()) == 2


def test_the_count_of_an_hour_uses_the_index(database: Database) -> None:
    """It is asked every few seconds, over a table that only grows."""
    if database.state() != "readable":
        raise AssertionError
    with database.read() as conn:
        if conn.dialect.name != "sqlite":
            return
        plan = conn.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT count(*) FROM notification JOIN notification_service USING (notification_id)"
                " WHERE created_us > 1 AND created_us <= 2"
            )
        ).all()
    assert any("ix_notification_created_us" in str(line) for line in plan)

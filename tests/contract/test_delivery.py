"""What reaches an inbox, and what is cancelled at the last moment: the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest

from recommender.clock import SimulatedClock
from recommender.decision import LegalGround
from recommender.identifiers import CitizenId
from serving.database import decisions, inbox
from serving.database.connect import Database
from serving.delivery.announcing import Announcing
from serving.delivery.holding import Holding
from serving.delivery.hub import Hub
from serving.delivery.last_look import LastLook
from serving.delivery.showing import Delivery
from serving.metrics import Metrics
from tests.contract.decided import decided

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)
ANNA = CitizenId("anna")


def delivery(database: Database, kind: str | None, *, loopback: bool) -> Delivery:
    """The inbox channel of a server; everybody's ground is of this kind, or there is none."""
    ground = None if kind is None else LegalGround(kind, "Act", False, 0)
    clock = SimulatedClock(AT + timedelta(minutes=1))
    look = LastLook(lambda citizen: ground, lambda said, at: None, Holding(lambda service: "office"), loopback)
    return Delivery(database, clock, Metrics(), Hub(), look, Announcing(frozenset(), b"key"), 10, 30.0)


@pytest.mark.parametrize(
    ("kind", "loopback", "shown"),
    [
        ("law", False, True),
        ("law", True, True),
        ("consent", False, True),
        ("research_replay", True, True),
        ("research_replay", False, False),
        ("rumour", True, False),
        (None, True, False),
    ],
)
def test_a_notification_is_shown_only_under_a_ground_that_reaches_this_inbox(
    database: Database, kind: str | None, loopback: bool, shown: bool
) -> None:
    with database.write() as conn:
        decisions.record(conn, decided("d1", AT))
    delivery(database, kind, loopback=loopback).step()
    # what was cancelled stays so, also for a server that would have been allowed to
    delivery(database, "law", loopback=True).step()
    with database.read() as conn:
        assert bool(inbox.list_shown(conn, ANNA, 0, 10)) is shown

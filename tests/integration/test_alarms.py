"""Alarms reach operators for real: Apprise posts to a receiver on loopback."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from recommender.breaker import Breaker
from recommender.clock import FixedClock
from serving.alarms import Alarm, Alarms, apprise_sender
from serving.database import decisions, outbox
from serving.database.connect import open_database
from serving.delivery.breaking import Breaking
from serving.watching import Watching
from tests.contract.decided import decided

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)


@dataclass
class Receiver:
    """What operators got; `status` is what the receiver answers."""

    url: str = ""
    status: int = 200
    bodies: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if received.status == 200:
                received.bodies.append(json.loads(body))
            self.send_response(received.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        received.url = f"json://127.0.0.1:{server.server_port}/alarms"
        yield received
        server.shutdown()


def test_operators_are_told_of_breaker_champion_poison_and_database(receiver: Receiver, tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/herald.db")
    with database.write() as conn:
        for n in range(5):
            decisions.record(conn, decided(f"d{n}", AT, citizen=f"c{n}"))
        (row,) = outbox.claim(conn, "inbox", 1, AT, outbox.Lease("w", 30))
        outbox.failed(conn, row, AT, outbox.Failure(outbox.TECHNICAL, "cannot be put into words"))
    troubles = ["version 7 was trained on another schema"]
    alarms = Alarms(apprise_sender(receiver.url), lambda: 0.0, repeat_s=60, per_hour=20)
    breaking = Breaking(database, FixedClock(AT), Breaker(multiple=2, floor=2))
    watching = Watching(database, breaking, alarms, lambda: troubles[0])
    for _ in range(3):
        watching.step()
    with database.write() as conn:
        conn.execute(text("ALTER TABLE stop RENAME TO elsewhere"))
    watching.step()
    while alarms.step():
        pass
    read = {body["title"].removeprefix("Herald: "): body["message"] for body in receiver.bodies}
    assert set(read) == {
        "a service was stopped by the breaker",
        "notifications cannot be delivered",
        "the champion was refused",
        "the operational database cannot be read",
    }
    assert len(receiver.bodies) == 5, "one a service, and each other once"
    assert "5 pushes within an hour, usual are 2, limit 4" in read["a service was stopped by the breaker"]
    assert "herald resume DESCRIPTOR --service" in read["a service was stopped by the breaker"]


def test_an_alarm_that_the_receiver_refuses_is_sent_again_later(receiver: Receiver) -> None:
    clock_s = [0.0]
    alarms = Alarms(apprise_sender(receiver.url), lambda: clock_s[0], repeat_s=60, per_hour=20)
    receiver.status = 503
    alarms.sound(Alarm.CHAMPION, "champion", "refused")
    alarms.step()
    receiver.status = 200
    clock_s[0] = 10.0
    alarms.step()
    assert [body["message"] for body in receiver.bodies] == ["refused"]

"""How many webhooks a second four workers deliver on PostgreSQL, with the receiver on the same machine."""

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, insert, select, text

from experiments.bench.latency import Row
from experiments.bench.postgres import binaries, cluster
from features.contacts import Contacts
from features.settings import FeatureSettings
from features.workspace import Workspace
from recommender.adapters.settings import read_settings
from recommender.clock import FixedClock
from recommender.identifiers import NotificationId
from recommender.instants import to_us
from serving.database import codes
from serving.database.connect import Database, open_database
from serving.database.tables import decision, link, notification, notification_service, outbox
from serving.delivery.webhooks import Webhooks
from serving.messages.settings import MessageSettings
from serving.testing.town import add_portals
from serving.testing.town_server import START

WORKERS = 4
NUMBER = 6_000
WARM = 300
"""Deliveries before the clock starts: processes start, connections open."""


def deliveries() -> list[Row]:
    """Deliveries a second, and how many were claimed twice; nothing where PostgreSQL is not installed."""
    if binaries() is None:
        return []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)  # the cluster's owner is another user
        with cluster(folder, durable=True) as address, open_database(address) as database, _portal() as portal:
            _queue(database, folder, portal.url)
            per_second = _carried(database, folder, address)
            twice = sum(number - 1 for number in portal.seen.values())
    return [
        Row("deliveries.webhook", per_second, "/s", None, None, "at least 500 /s on 2 cores"),
        Row("deliveries.twice", float(twice), "", None, None, "none"),
    ]


@dataclass
class Portal:
    """A receiver that answers 204 at once and counts ids."""

    url: str = ""
    seen: Counter[bytes] = field(default_factory=Counter)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lines = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
                named = {name.lower(): value for name, value in lines.items()}
                await reader.readexactly(int(named[b"content-length"]))
                self.seen[named[b"webhook-id"]] += 1
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@contextmanager
def _portal() -> Iterator[Portal]:
    portal, loop = Portal(), asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(portal.answer, "127.0.0.1", 0))
    portal.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield portal
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


def _queue(database: Database, folder: Path, url: str) -> None:
    """So many notifications, each of its own citizen, shown in the inbox and waiting for the portal's webhook."""
    contacts = Contacts(Workspace(folder), read_settings(FeatureSettings, var=folder, development=True))
    add_portals(database, START)
    Webhooks(database, contacts, FixedClock(START), True).subscribe("portal", url)
    at = to_us(START)
    ids = range(NUMBER)
    with database.write() as conn:
        made = {"trigger": "fact", "first_us": at, "last_us": at, "times": 1, "receipt": b""}
        conn.execute(insert(decision), [{**made, "decision_id": f"d{i}", "citizen_id": f"c{i}"} for i in ids])
        told = {"root": "r", "happened_us": at, "event_type": "child_born", "created_us": at, "state": "delivered"}
        conn.execute(
            insert(notification),
            [
                {**told, "notification_id": f"n{i}", "decision_id": f"d{i}", "citizen_id": f"c{i}", "sequence": 1}
                for i in ids
            ],
        )
        named = {"place": 0, "service_id": "birth_allowance"}
        conn.execute(insert(notification_service), [{**named, "notification_id": f"n{i}"} for i in ids])
        linked = {"portal": "portal", "linked_us": at}
        conn.execute(insert(link), [{**linked, "citizen_id": f"c{i}", "identifier": f"i{i}"} for i in ids])
        waits = {"channel": "webhook", "target": "portal", "state": "created", "fallback": "", "attempts": 0}
        waits |= {"doubts": 0, "due_us": at, "changed_us": at}
        conn.execute(insert(outbox), [{**waits, "notification_id": f"n{i}"} for i in ids])
        codes.issue(conn, [NotificationId(f"n{i}") for i in ids], read_settings(MessageSettings).key("code"), START)
        conn.execute(text("ANALYZE"))


def _carried(database: Database, folder: Path, address: str) -> float:
    """Deliveries a second by the workers' own record."""
    environment = {**os.environ, "HERALD_SERVING_DATABASE_URL": address, "HERALD_FEATURES_VAR": str(folder)}
    environment |= {"HERALD_FEATURES_DEVELOPMENT": "true", "HERALD_SERVING_IDLE_POLL_S": "0.2"}
    command = [sys.executable, "-m", "serving.testing.town_server", str(folder)]
    workers = [subprocess.Popen(command, env=environment) for _ in range(WORKERS)]
    try:
        began, before = _reached(database, WARM)
        ended, after = _reached(database, NUMBER - WARM)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(timeout=30)
    return (after - before) / (ended - began)


def _reached(database: Database, number: int) -> tuple[float, int]:
    """When so many were delivered, and how many it were then."""
    until = time.monotonic() + 300
    asked = select(func.count()).where(outbox.c.state == "delivered")
    while time.monotonic() < until:
        with database.read() as conn:
            found = int(conn.execute(asked).scalar_one())
        if found >= number:
            return time.monotonic(), found
        time.sleep(0.1)
    raise RuntimeError(f"{number} deliveries were not reached within five minutes")

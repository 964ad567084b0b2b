"""Deliveries by inbox, webhook and e-mail while workers and server are killed and providers misbehave.

Nothing is lost; the inbox and a webhook's receiver, which keeps ids, see each notification once; an e-mail that may
have gone twice is counted and carries the same Message-ID; nothing leaves against ground or quiet hours.
`HERALD_CHAOS=5000 python -m pytest tests/acceptance/test_chaos.py -s` does it at full size and prints the figures.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import insert, select

from features.contacts import Contacts
from features.settings import FeatureSettings
from features.workspace import Workspace
from recommender.adapters.settings import read_settings
from recommender.clock import FixedClock
from recommender.decision import LegalGround
from recommender.identifiers import CitizenId
from recommender.instants import to_us
from serving.database import grounds
from serving.database.connect import Database, open_database
from serving.database.preferences import put_preferences
from serving.database.tables import link, notification, outbox
from serving.deciding.grounds import PURPOSE
from serving.delivery.addresses import Addresses
from serving.delivery.webhooks import Webhooks
from serving.testing.town import add_portals
from serving.testing.town_server import START
from tests.contract.queued import queue
from tests.receiver import receiving
from tests.servers import free_port

NUMBER = int(os.environ.get("HERALD_CHAOS", "160"))
KILLS = max(5, NUMBER // 120)
WORKERS = 2


@dataclass
class Office:
    """An SMTP server that now and then answers 4xx, hangs up after the body, or is slow."""

    dice: random.Random
    arrived: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        import asyncio

        draw = self.dice.random()
        if draw < 0.05:
            return "451 try again later"
        self.arrived.append(bytes(envelope.original_content or envelope.content))
        if draw < 0.08:
            await asyncio.sleep(3)  # longer than the sender waits: taken, and never acknowledged
        return "250 queued"


@dataclass
class Chaos:
    """Processes of one town that are killed at random and started again."""

    folder: Path
    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kills: int = 0

    def start(self) -> None:
        self.processes = [self._start(place) for place in range(WORKERS + 1)]

    def kill(self, place: int) -> None:
        self.processes[place].send_signal(signal.SIGKILL)
        self.processes[place].wait()
        self.kills += 1
        self.processes[place] = self._start(place)

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()

    def _start(self, place: int) -> subprocess.Popen[bytes]:
        """The first is the server, the others are delivery workers."""
        more = [str(free_port())] if place == 0 else []
        command = [sys.executable, "-m", "serving.testing.town_server", str(self.folder), *more]
        with (self.folder / f"process-{place}.log").open("ab") as out:
            return subprocess.Popen(command, stdout=out, stderr=out, env=self.environment)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database's address."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/herald.db"
    server: str = request.getfixturevalue("postgres_url")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as conn:
        conn.execute("CREATE DATABASE chaos")
    return f"{server}/chaos"


def _objects(n: int) -> bool:
    return n % 10 == 3


def _rests(n: int) -> bool:
    return n % 10 == 7


def _prepare(database: Database, folder: Path, url: str) -> None:
    """Everybody has a notification waiting, a portal that wants to be called, and an e-mail address."""
    clock = FixedClock(START)
    contacts = Contacts(Workspace(folder), read_settings(FeatureSettings, var=folder, development=True))
    queue(database, NUMBER, START, citizens=NUMBER)
    add_portals(database, START)
    Webhooks(database, contacts, clock, True).subscribe("portal", url)
    addresses = Addresses(database, contacts, clock)
    with database.write() as conn:
        for n in range(NUMBER):
            row = {"portal": "portal", "citizen_id": f"c{n}", "identifier": f"i{n}", "linked_us": to_us(START)}
            conn.execute(insert(link), row)
            if _objects(n):
                grounds.put_ground(conn, CitizenId(f"c{n}"), PURPOSE, LegalGround("law", "Act", True, 0), START)
            if _rests(n):
                put_preferences(conn, CitizenId(f"c{n}"), {"quiet_from": "00:00", "quiet_to": "23:00"}, START)
    for n in range(NUMBER):
        addresses.give(CitizenId(f"c{n}"), "email", f"c{n}@example.org", sole=True)


def _environment(folder: Path, address: str, smtp: int) -> dict[str, str]:
    return {
        **os.environ,
        "HERALD_SERVING_DATABASE_URL": address,
        "HERALD_FEATURES_VAR": str(folder),
        "HERALD_FEATURES_DEVELOPMENT": "true",
        "HERALD_SERVING_BREAKER_MULTIPLE": "0",  # thousands within a minute are what it is there to stop
        "HERALD_SERVING_DELIVER_LEASE_S": "4",
        "HERALD_SERVING_DELIVER_BATCH": "8",
        "HERALD_SERVING_IDLE_POLL_S": "0.1",
        "HERALD_CHANNELS_EMAIL_HOST": "127.0.0.1",
        "HERALD_CHANNELS_EMAIL_PORT": str(smtp),
        "HERALD_CHANNELS_EMAIL_SECURITY": "none",
        "HERALD_CHANNELS_EMAIL_TIMEOUT_S": "1",
        "HERALD_CHANNELS_WEBHOOK_TIMEOUT_S": "1",
        "HERALD_DELIVERY_RETRY_S": "0.5",
        "HERALD_DELIVERY_RETRY_LONGEST_S": "2",
        "HERALD_DELIVERY_ATTEMPTS": "60",
        "HERALD_DELIVERY_GIVE_WAY": "60",
        "HERALD_DELIVERY_REST_S": "0.2",
        "HERALD_DELIVERY_REST_LONGEST_S": "1",
    }


def _states(database: Database) -> Counter[tuple[str, str]]:
    with database.read() as conn:
        return Counter(tuple(row) for row in conn.execute(select(outbox.c.channel, outbox.c.state)))


def _settled(database: Database, reached: int) -> bool:
    found = _states(database)
    return all(found[channel, "delivered"] == reached for channel in ("inbox", "webhook", "email"))


@contextlib.contextmanager
def _post_office(office: Office) -> Iterator[int]:
    controller = Controller(office, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield int(controller.port)
    finally:
        controller.stop(no_assert=True)


@pytest.mark.timeout(max(240, NUMBER))
def test_nothing_is_lost_or_told_twice_whoever_is_killed_and_whatever_providers_do(
    address: str, tmp_path: Path
) -> None:
    dice = random.Random(11)
    office = Office(random.Random(5))
    with receiving() as portal, _post_office(office) as smtp, open_database(address) as database:
        _prepare(database, tmp_path, portal.url)
        stop = threading.Event()

        def misbehave() -> None:
            while not stop.wait(0.05):
                with portal.lock:
                    wait_s = dice.choice((0.0, 0.05, 2.5))
                    portal.answers[:] = [(dice.choice((204, 204, 500, 503)), {}, wait_s)] if dice.random() < 0.3 else []

        fiend = threading.Thread(target=misbehave)
        fiend.start()
        chaos = Chaos(tmp_path, _environment(tmp_path, address, smtp))
        chaos.start()
        reached = sum(not _objects(n) and not _rests(n) for n in range(NUMBER))
        until = time.monotonic() + max(200, NUMBER / 5)
        try:
            while time.monotonic() < until and not _settled(database, reached):
                time.sleep(dice.uniform(0.5, 2.5))
                if chaos.kills < KILLS:
                    chaos.kill(dice.randrange(WORKERS + 1))
        finally:
            stop.set()
            fiend.join()
            chaos.stop()
        assert chaos.kills >= KILLS, "it was over before it began: raise the number"
        _judge(database, portal.calls, office.arrived, reached, tmp_path)


def _judge(
    database: Database, calls: list[tuple[dict[str, str], bytes]], mails: list[bytes], reached: int, folder: Path
) -> None:
    states = _states(database)
    with database.read() as conn:
        ids = {row.citizen_id: row for row in conn.execute(select(notification))}
        doubts = dict(Counter({c: 0 for c in ("webhook", "email")}))
        for channel, number in conn.execute(select(outbox.c.channel, outbox.c.doubts)):
            doubts[channel] = doubts.get(channel, 0) + number
    told = {n: ids[f"c{n}"].notification_id for n in range(NUMBER) if not _objects(n) and not _rests(n)}
    hooks: dict[str, set[bytes]] = {}
    for headers, body in calls:
        hooks.setdefault(headers["webhook-id"], set()).add(body)
    letters = [message_from_bytes(raw, policy=default) for raw in mails]
    mailed = Counter(str(mail["Message-ID"]) for mail in letters)
    logs = "".join(file.read_text()[-1500:] for file in folder.glob("process-*.log"))
    assert states["inbox", "delivered"] == reached, logs
    assert {n for n in range(NUMBER) if ids[f"c{n}"].sequence == 1} == set(told), "the inbox shows each once"
    assert set(hooks) == set(told.values()), "lost, or against ground or quiet hours"
    assert [bodies for bodies in hooks.values() if len(bodies) > 1] == [], "a second attempt says the same"
    assert {str(mail["To"]) for mail in letters} == {f"c{n}@example.org" for n in told}
    assert len(mailed) == reached, "one Message-ID for each notification, however often it went"
    again = len(letters) - len(mailed)
    assert again <= doubts["email"], "what went twice was counted as in doubt"
    assert not any(state in ("permanent_failure", "technical_failure") for _, state in states)
    figures = (
        f"{reached} notifications, lost 0; webhook calls repeated {len(calls) - len(hooks)} (ids seen once), "
        f"in doubt {doubts['webhook']}; e-mails repeated {again} (same Message-ID), in doubt {doubts['email']}; "
        f"against ground or quiet hours 0"
    )
    sys.stdout.write(f"\n{database.state()} {figures}\n")

"""Facts from a real NATS: the same answers as by HTTP, nothing lost, nothing twice, and each portal for itself."""

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.js.errors import NoStreamResponseError
from sqlalchemy import func, select

from serving.database.connect import open_database
from serving.database.tables import fact
from tests.servers import private_nats

KILLS = 2
ACCOUNTS = """
authorization { users = [
  { user: herald, password: inside }
  { user: portal, password: p1, permissions {
    publish: ["herald.facts.portal.>"], subscribe: ["_INBOX.>", "herald.answers.portal"] } }
  { user: other, password: p2, permissions {
    publish: ["herald.facts.other.>"], subscribe: ["_INBOX.>", "herald.answers.other"] } }
] }
"""


class Taking:
    """The town's intake as a process that is killed and started again on the same folder and broker."""

    def __init__(self, folder: Path, broker: str) -> None:
        self.folder = folder
        self.broker = broker
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, "HERALD_INTAKE_BROKER_URL": f"nats://herald:inside@{self.broker}"}
        environment |= {"HERALD_INTAKE_ACK_WAIT_S": "2", "HERALD_INTAKE_RETRY_S": "0.2"}
        command = [sys.executable, "-m", "serving.testing.town_intake", str(self.folder)]
        with (self.folder / "intake.log").open("ab") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out, env=environment)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.terminate()
        return self._process.wait(timeout=20)


@pytest.fixture
def taking(tmp_path: Path) -> Iterator[Taking]:
    with private_nats(ACCOUNTS) as broker:
        made = Taking(tmp_path, broker)
        made.start()
        yield made
        made.stop()


def event(n: int, **more: Any) -> dict[str, Any]:
    number = f"c{n % 300}"
    return {"id": f"e{n}", "register_number": number, "type": "child_born", "happened_at": "2031-03-01", **more}


async def connected(broker: str, user: str, password: str) -> Client:
    async def quiet(_error: Exception) -> None:
        pass

    return await nats.connect(f"nats://{user}:{password}@{broker}", error_cb=quiet, max_reconnect_attempts=3)


async def send(to: Client, subject: str, body: object) -> int:
    """What a careful sender does: again until the broker confirms; the number that the broker gave it."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    until = time.monotonic() + 30
    while True:
        try:
            return (await to.jetstream().publish(subject, content, timeout=2)).seq
        except (NoStreamResponseError, nats.errors.Error):
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.1)


async def read(broker: str, number: int, of: str = "answers") -> list[tuple[dict[str, str], bytes]]:
    """So many messages of the portal's answers, or dead letters, in order."""
    inside = await connected(broker, "herald", "inside")
    found: list[tuple[dict[str, str], bytes]] = []
    until = time.monotonic() + 60
    subscription = None
    while len(found) < number and time.monotonic() < until:
        with contextlib.suppress(nats.errors.TimeoutError, nats.js.errors.NotFoundError):
            if subscription is None:
                subscription = await inside.jetstream().subscribe(f"herald.{of}.portal", ordered_consumer=True)
            got = await subscription.next_msg(timeout=1)
            found.append((dict(got.headers or {}), got.data))
    await inside.close()
    return found


def facts(folder: Path) -> Counter[str]:
    with open_database(f"sqlite:///{folder}/herald.db") as database, database.read() as conn:
        return Counter(dict(conn.execute(select(fact.c.fact_id, func.count()).group_by(fact.c.fact_id)).all()))


def test_a_broker_gives_the_answers_that_http_gives(taking: Taking) -> None:
    async def talk() -> tuple[list[int], list[tuple[dict[str, str], bytes]], list[tuple[dict[str, str], bytes]]]:
        portal = await connected(taking.broker, "portal", "p1")
        subject = "herald.facts.portal.life-events"
        values = {"id": "a1", "register_number": "new", "as_of": "2031-03-01", "values": {"resident": True}}
        numbers = [
            await send(portal, subject, event(1)),
            await send(portal, subject, event(1)),
            await send(portal, subject, event(1, happened_at="2031-02-01")),
            await send(portal, subject, event(2, type="coronation")),
            await send(portal, subject, b'{"id": "e3", "register'),
            await send(portal, subject, event(4, register_number="nobody")),
            await send(portal, "herald.facts.portal.attributes", values),
            await send(portal, "herald.facts.portal.gossip", event(5)),
            await send(portal, subject, b"[" * 50_000),
            await send(portal, subject, json.dumps(event(6, id="e" * 70_000)).encode()),
        ]
        await portal.close()
        return numbers, await read(taking.broker, 10), await read(taking.broker, 6, "dead")

    numbers, answers, dead = asyncio.run(talk())
    assert [int(headers["Herald-Sequence"]) for headers, _ in answers] == numbers
    told = [json.loads(content) for _, content in answers]
    assert [each.get("status") for each in told] == [
        "accepted", "accepted", 409, 422, 422, "parked", "accepted", 422, 422, 422
    ]  # fmt: skip
    assert told[0] == told[1] == {"fact_id": "e1", "status": "accepted"}
    assert "c1" not in answers[2][1].decode().replace("urn", "")
    assert [int(headers["Herald-Sequence"]) for headers, _ in dead] == [numbers[i] for i in (2, 3, 4, 7, 8, 9)]
    assert dead[2][1] == b'{"id": "e3", "register'
    assert "not JSON" in dead[2][0]["Herald-Reason"]
    assert facts(taking.folder) == {"e1": 1, "e4": 1, "a1": 1}


def test_a_portal_sends_in_no_other_name_and_a_sender_without_scope_is_refused(taking: Taking) -> None:
    async def talk() -> list[tuple[dict[str, str], bytes]]:
        portal, other, inside = [
            await connected(taking.broker, *who) for who in (("portal", "p1"), ("other", "p2"), ("herald", "inside"))
        ]
        await send(portal, "herald.facts.portal.life-events", event(1))
        with pytest.raises(nats.errors.TimeoutError):  # the broker lets nobody publish for another
            await other.jetstream().publish("herald.facts.portal.life-events", b"{}", timeout=1)
        await send(inside, "herald.facts.stranger.life-events", event(2))
        found = await read(taking.broker, 1)
        subscription = await inside.jetstream().subscribe("herald.answers.stranger", ordered_consumer=True)
        refused = await subscription.next_msg(timeout=20)
        for each in (portal, other, inside):
            await each.close()
        return [*found, ({}, refused.data)]

    accepted, refused = (json.loads(content) for _, content in asyncio.run(talk()))
    assert accepted["status"] == "accepted"
    assert (refused["status"], refused["type"]) == (403, "urn:herald:problem:forbidden")
    assert facts(taking.folder) == {"e1": 1}


@pytest.mark.timeout(280)
def test_nothing_is_lost_or_doubled_however_often_the_intake_is_killed(taking: Taking) -> None:
    dice = random.Random(7)
    sent: set[str] = set()
    killed_at: list[int] = []

    async def talk() -> list[tuple[dict[str, str], bytes]]:
        portal = await connected(taking.broker, "portal", "p1")

        async def sender() -> None:
            while len(killed_at) < KILLS:
                await send(portal, "herald.facts.portal.life-events", event(len(sent)))
                sent.add(f"e{len(sent)}")
                await asyncio.sleep(0.01)

        sending = asyncio.create_task(sender())
        for _ in range(KILLS):
            before = len(facts(taking.folder))
            while len(facts(taking.folder)) < before + 10:
                await asyncio.sleep(0.02)
            await asyncio.sleep(dice.uniform(0, 0.1))
            taking.kill()
            killed_at.append(len(facts(taking.folder)))
            taking.start()
        await sending
        await portal.close()
        return await read(taking.broker, len(sent))

    answers = asyncio.run(talk())
    assert 0 < killed_at[0] < killed_at[-1] < len(sent), "it was killed at work"
    assert facts(taking.folder) == dict.fromkeys(sent, 1)
    told = Counter(json.loads(content)["fact_id"] for _, content in answers)
    assert told == dict.fromkeys(sent, 1), "each sender is answered once"
    assert {json.loads(content)["status"] for _, content in answers} == {"accepted"}


def test_an_intake_that_is_asked_to_stop_ends_with_0(taking: Taking) -> None:
    async def talk() -> None:
        portal = await connected(taking.broker, "portal", "p1")
        await send(portal, "herald.facts.portal.life-events", event(1))
        await portal.close()
        assert len(await read(taking.broker, 1)) == 1

    asyncio.run(talk())
    assert taking.stop() == 0

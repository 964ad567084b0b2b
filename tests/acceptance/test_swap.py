"""Champions are swapped and the law changes while portals ask: nobody waits in vain, and every decision replays.

`HERALD_SWAP_RATE=150 HERALD_SWAP_REQUESTS=3000 python -m pytest tests/acceptance/test_swap.py -s` does it at full size.
"""

import asyncio
import os
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from tests.town_served import START, Place, Portal, place_at, train_town

RATE = float(os.environ.get("HERALD_SWAP_RATE", "40"))
REQUESTS = int(os.environ.get("HERALD_SWAP_REQUESTS", "320"))
MOVES = 10
pytestmark = pytest.mark.timeout(400)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """The town with a champion, and a challenger that passed the gates and waits for its approval."""
    trained = train_town(tmp_path / "town")
    with place_at(trained, tmp_path / "herald.db") as made:
        made.environment["HERALD_SERVING_CHAMPION_POLL_S"] = "0.2"
        made.herald("train", made.descriptor, "--seed", "8")
        yield made


@dataclass
class Asked:
    """What came of an open loop: requests leave by the clock, whether or not the former ones were answered."""

    answers: list[tuple[str, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    latest_s: float = 0.0

    async def one(self, session: aiohttp.ClientSession, url: str) -> None:
        began = time.monotonic()
        try:
            async with session.get(url) as answer:
                body = await answer.json()
                if answer.status == 200:
                    self.answers.append((body["decision_id"], body["model_version"]))
                else:
                    self.failed.append(f"{answer.status} {body}")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self.failed.append(repr(error))
        self.latest_s = max(self.latest_s, time.monotonic() - began)

    async def loop(self, portals: Sequence[Portal], citizens: Sequence[str]) -> None:
        headers = {"Authorization": portals[0].http.headers["Authorization"]}
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(headers=headers, connector=connector) as session, asyncio.TaskGroup() as group:
            began = time.monotonic()
            for number in range(REQUESTS):
                await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
                portal, citizen = portals[number % len(portals)], citizens[number % len(citizens)]
                url = f"{portal.http.base_url}/v1/citizens/{citizen}/recommendations"
                group.create_task(self.one(session, url))


def test_champions_and_catalogues_change_under_load_and_every_decision_replays(place: Place) -> None:
    portals = [place.serve(), place.serve()]
    citizens = [
        portals[0].http.post("/v1/citizens/resolve", json={"register_number": f"p{i:05d}"}).json()["citizen_id"]
        for i in range(300)
    ]
    shadowed = _seen_in_shadow(portals[0])
    asked, over = Asked(), threading.Event()
    tellers = [threading.Thread(target=_telling, args=(portal, 600 + i, over)) for i, portal in enumerate(portals)]
    asking = threading.Thread(target=lambda: asyncio.run(asked.loop(portals, citizens)))
    for thread in (*tellers, asking):
        thread.start()
    _move_ten_times(place, portals)
    asking.join()
    over.set()
    for thread in tellers:
        thread.join()

    assert asked.failed == []
    assert len(asked.answers) == REQUESTS
    assert {model for _, model in asked.answers} == {"1", "2"}
    for decision_id, model in asked.answers[:: max(1, REQUESTS // 200)]:
        assert portals[0].receipt(decision_id)["receipt"]["versions"]["model"] == model
    assert shadowed == "2", "the one that waited for its approval was looked at in shadow"
    _all_replay(place)
    sys.stdout.write(f"\n{REQUESTS} requests at {RATE:g}/s, none failed, slowest {asked.latest_s * 1_000:.0f} ms\n")


def _seen_in_shadow(portal: Portal) -> str:
    """The challenger that a decision on a fact was scored by, as soon as the server has found it."""
    until = time.monotonic() + 30
    number = 500
    while time.monotonic() < until:
        shown = portal.receipt(portal.tell(number, datetime.fromisoformat(START)))["receipt"]
        if "shadow" in shown:
            return str(shown["shadow"]["model"])
        number += 1
    return "none"


def _telling(portal: Portal, number: int, over: threading.Event) -> None:
    while not over.is_set():
        portal.tell(number, datetime.fromisoformat(START))
        number += 2
        time.sleep(0.1)


def _move_ten_times(place: Place, portals: Sequence[Portal]) -> None:
    """The alias goes to and fro; in the middle another catalogue comes into force, by two people."""
    began, seen = time.monotonic(), Counter[str]()
    for move in range(MOVES):
        if move == MOVES // 2:
            version = place.drafted(max(portal.now() for portal in portals) + timedelta(seconds=1))
            place.catalogue("approve", version, "--by", "Bert Bo")
        if move % 2:
            place.here("rollback", place.descriptor, "--approve", "Dora Day")
        else:
            place.here("promote", place.descriptor, "2", "--approve", "Dora Day")
        wanted = "1" if move % 2 else "2"
        _wait_for(portals, wanted)
        seen[wanted] += 1
        time.sleep(max(0.0, began + (move + 1) * REQUESTS / RATE / (MOVES + 1) - time.monotonic()))
    assert seen == {"1": MOVES // 2, "2": MOVES - MOVES // 2}


def _wait_for(portals: Sequence[Portal], version: str) -> None:
    until = time.monotonic() + 30
    for portal in portals:
        while portal.http.get("/readyz").json()["checks"]["champion"] != f"version {version}":
            assert time.monotonic() < until, f"no server took up version {version}"
            time.sleep(0.05)


def _all_replay(place: Place) -> None:
    told = place.herald("replay", place.descriptor, "--sample", "1000")
    total = int(re.search(r"(\d+) decisions replayed", told)[1])  # type: ignore[index]
    assert total >= min(1_000, REQUESTS // 2)
    assert f"{total} identical, 0 differs, 0 impossible" in told
    made = re.findall(r"catalogue [0-9a-f]{12}, model \d: \d+", told)
    assert len(made) == 4, "two catalogues, each with two models"
    sys.stdout.write("\n" + "\n".join([*made, f"{total} identical"]) + "\n")

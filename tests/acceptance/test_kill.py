"""Nothing is lost, nothing is told twice: a server that is killed again and again while facts arrive."""

import contextlib
import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.testing.town import SECRET
from tests.town_process import TownProcess

EVENTS = 500
KILLS = 6
SENDERS = 4
WATCHED = 20
"""Citizens whose inbox stream stays open, across the kills, with Last-Event-ID."""


@pytest.fixture
def prey(tmp_path: Path) -> Iterator[TownProcess]:
    hunted = TownProcess(tmp_path)
    hunted.start()
    yield hunted
    hunted.stop()


def _sign_in(url: str) -> dict[str, str]:
    form = {"grant_type": "client_credentials"}
    answer = _again(lambda: httpx.post(f"{url}/v1/oauth/token", data=form, auth=("portal", SECRET), timeout=5))
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def _again(call: Any) -> httpx.Response:
    """What a careful caller does: the same request until there is an answer that is one."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with contextlib.suppress(httpx.HTTPError):
            answer: httpx.Response = call()
            if answer.status_code < 500:
                return answer
        time.sleep(0.02)
    raise AssertionError("no answer within two minutes")


def _send(url: str, headers: dict[str, str], numbers: list[int], answers: list[int]) -> None:
    with httpx.Client(base_url=url, headers=headers, timeout=5) as http:
        for n in numbers:
            body = {
                "id": f"e{n}",
                "register_number": f"c{n % 400}",
                "type": "child_born" if n % 2 else "job_lost",
                "happened_at": "2031-03-01",
            }
            answers.append(_again(lambda body=body: http.post("/v1/life-events", json=body)).status_code)  # type: ignore[misc]


def _watch(url: str, headers: dict[str, str], citizen: str, seen: list[str], over: threading.Event) -> None:
    last = "0"
    path = f"/v1/citizens/{citizen}/notifications/stream"
    with httpx.Client(base_url=url, headers=headers, timeout=httpx.Timeout(5, read=2)) as http:
        while not over.is_set():
            with (
                contextlib.suppress(httpx.HTTPError),
                http.stream("GET", path, headers={"Last-Event-ID": last}) as answer,
            ):
                for line in answer.iter_lines():
                    if line.startswith("id: "):
                        last = line[4:]
                    elif line.startswith("data: "):
                        seen.append(json.loads(line[6:])["notification_id"])
            time.sleep(0.02)


@pytest.mark.timeout(240)
def test_events_are_decided_once_and_notifications_seen_once_however_often_the_server_is_killed(
    prey: TownProcess,
) -> None:
    dice = random.Random(7)
    headers = _sign_in(prey.url)
    linked = [_resolved(prey.url, headers, f"c{i}") for i in range(WATCHED)]
    over = threading.Event()
    seen: list[list[str]] = [[] for _ in linked]
    watchers = [
        threading.Thread(target=_watch, args=(prey.url, headers, citizen, seen[i], over))
        for i, citizen in enumerate(linked)
    ]
    answers: list[int] = []
    senders = [
        threading.Thread(target=_send, args=(prey.url, headers, list(range(s, EVENTS, SENDERS)), answers))
        for s in range(SENDERS)
    ]
    for thread in (*watchers, *senders):
        thread.start()
    for _ in range(KILLS):
        time.sleep(dice.uniform(0.1, 0.8))
        prey.kill()
        prey.start()
    for thread in senders:
        thread.join()
    with httpx.Client(base_url=prey.url, headers=headers, timeout=5) as http:
        states = Counter(_settled(http, n) for n in range(EVENTS))
        told = {n: _inbox(http, citizen) for n, citizen in enumerate(linked)}
    until = time.monotonic() + 20
    while time.monotonic() < until and any(len(told[n]) > len(seen[n]) for n in told):
        time.sleep(0.05)
    over.set()
    for thread in watchers:
        thread.join()

    assert Counter(answers) == {202: EVENTS}
    assert states == {"decided": EVENTS}
    assert all(told.values()), "everybody watched has an event to be told of"
    for n, notifications in told.items():
        assert seen[n] == notifications, "the stream shows each notification of the inbox once, in order"
        assert len(set(notifications)) == len(notifications)


def test_a_server_that_is_asked_to_stop_ends_open_streams_and_exits_with_0(prey: TownProcess) -> None:
    headers = _sign_in(prey.url)
    citizen = _resolved(prey.url, headers, "c1")
    path = f"{prey.url}/v1/citizens/{citizen}/notifications/stream"
    with httpx.stream("GET", path, headers=headers, timeout=10) as answer:
        assert next(answer.iter_lines()) == "retry: 1000"
        began = time.monotonic()
        assert prey.stop() == 0
        assert time.monotonic() - began < 4


def test_a_second_server_on_the_port_gives_one_line(prey: TownProcess, tmp_path: Path) -> None:
    port = prey.url.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "serving.testing.town_server", str(tmp_path), port]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr


def _resolved(url: str, headers: dict[str, str], number: str) -> str:
    body = {"register_number": number}
    answer = _again(lambda: httpx.post(f"{url}/v1/citizens/resolve", json=body, headers=headers, timeout=5))
    return str(answer.json()["citizen_id"])


def _settled(http: httpx.Client, n: int) -> str:
    until = time.monotonic() + 60
    status = ""
    while time.monotonic() < until and status != "decided":
        status = _again(lambda: http.get(f"/v1/life-events/e{n}")).json()["status"]
    return status


def _inbox(http: httpx.Client, citizen: str) -> list[str]:
    until = time.monotonic() + 10
    found: list[str] = []
    while time.monotonic() < until and not found:
        answer = _again(lambda: http.get(f"/v1/citizens/{citizen}/notifications"))
        found = [n["notification_id"] for n in answer.json()["notifications"]]
    return found

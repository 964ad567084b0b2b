"""A threshold changes while real servers decide: each decision carries its own version, and all of them replay."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.cli import build
from recommender.errors import PublicationError
from tests.servers import free_port
from tests.town_catalogue import write_services
from tests.training_town import build_town

START = "2010-03-01T09:00:00+00:00"
SCOPES = ("recommend", "facts:write", "audit", "operate")
pytestmark = pytest.mark.timeout(300)


@dataclass
class Place:
    """A dataset with a champion, and its commands and servers as processes."""

    folder: Path
    environment: dict[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def herald(self, *words: str, code: int = 0) -> str:
        command = [sys.executable, "-m", "recommender.cli", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=200, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def catalogue(self, command: str, *words: str) -> str:
        """A command of the group, in this process: it takes milliseconds, not the seconds of a start."""
        arguments = ["catalogue", command, self.descriptor, *words]
        done = CliRunner().invoke(build(), arguments, catch_exceptions=False, env=self.environment)
        assert done.exit_code == 0, done.output
        return done.output

    @property
    def descriptor(self) -> str:
        return str(self.folder / "town.yaml")

    def serve(self) -> "Portal":
        port = free_port()
        command = [sys.executable, "-m", "recommender.cli", "serve", self.descriptor, "--port", str(port)]
        with (self.folder / "server.log").open("ab") as out:
            self.running.append(subprocess.Popen(command, env=self.environment, stdout=out, stderr=out))
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{url}/readyz", timeout=1).status_code == 200:
                    return Portal(url, self.environment["PORTAL_SECRET"])
            time.sleep(0.05)
        raise AssertionError(self.log()[-3000:])

    def kill(self) -> None:
        process = self.running.pop()
        process.send_signal(signal.SIGKILL)
        process.wait()

    def log(self) -> str:
        return (self.folder / "server.log").read_text()


class Portal:
    """A portal that sends life events and reads what became of them."""

    def __init__(self, url: str, secret: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=10)
        form = {"grant_type": "client_credentials", "scope": " ".join(SCOPES)}
        answer = self.http.post("/v1/oauth/token", data=form, auth=("portal", secret))
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def tell(self, number: int, at: datetime) -> str:
        """Somebody moved; the decision on it."""
        name = f"{os.getpid()}-{number}-{self.http.base_url.port}"
        body = {"id": name, "register_number": f"p{number % 200:05d}", "type": "moved", "happened_at": at.isoformat()}
        assert self.http.post("/v1/life-events", json=body).status_code == 202
        until = time.monotonic() + 20
        while time.monotonic() < until:
            state = self.http.get(f"/v1/life-events/{name}").json()
            if state["status"] == "decided":
                return str(state["decision_id"])
            time.sleep(0.01)
        raise AssertionError(f"nothing was decided on {name}")

    def now(self) -> datetime:
        """The server's clock, as a decision shows it."""
        resolved = self.http.post("/v1/citizens/resolve", json={"register_number": "p00001"}).json()["citizen_id"]
        return datetime.fromisoformat(self.http.get(f"/v1/citizens/{resolved}/recommendations").json()["as_of"])

    def receipt(self, decision_id: str) -> dict[str, Any]:
        answer = self.http.get(f"/v1/decisions/{decision_id}", params={"purpose": "the acceptance test"})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def in_force(self) -> str:
        return str(self.http.get("/v1/services").json()["catalogue_version"])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town with a trained champion and online features; slow, so it is made once."""
    folder = tmp_path_factory.mktemp("town")
    write_services(folder / "services", 50)
    write_services(folder / "draft", 80)
    build_town(people=600).load(folder, catalogue="services")
    place = Place(folder, _environment(folder))
    place.herald("train", place.descriptor)
    place.herald("materialise", place.descriptor)
    return folder


def _environment(folder: Path) -> dict[str, str]:
    settings = {
        "HERALD_FEATURES_VAR": str(folder / "var"),
        "HERALD_FEATURES_DEVELOPMENT": "true",
        "HERALD_SERVING_DEVELOPMENT": "true",
        "HERALD_SERVING_CLOCK_START": START,
        "HERALD_SERVING_CATALOGUE_POLL_S": "0.2",
        "HERALD_SERVING_IDLE_POLL_S": "0.1",
        "COLUMNS": "200",
    }
    return {**os.environ, **settings}


@pytest.fixture
def place(trained: Path, tmp_path: Path) -> Iterator[Place]:
    """The town with an operational database of its own."""
    environment = {**_environment(trained), "HERALD_SERVING_DATABASE_URL": f"sqlite:///{tmp_path}/herald.db"}
    made = Place(trained, environment)
    scopes = [word for scope in SCOPES for word in ("--scope", scope)]
    told = made.herald("client", "add", made.descriptor, "portal", *scopes)
    environment["PORTAL_SECRET"] = re.search(r"client_secret (\S+)", told)[1]  # type: ignore[index]
    (trained / "server.log").write_text("")
    yield made
    for process in made.running:
        process.terminate()
        process.wait(timeout=20)


def _drafted(place: Place, since: datetime) -> str:
    told = place.catalogue(
        "publish", str(place.folder / "draft"), "--by", "Anna Ahn", "--from", since.isoformat(), "--note", "Act 7"
    )
    return re.search(r"version ([0-9a-f]{12}) is drafted", told)[1]  # type: ignore[index]


def _versions(place: Place) -> tuple[str, str]:
    return load_catalogue(place.folder / "services").version, load_catalogue(place.folder / "draft").version


def test_decisions_before_and_after_a_change_of_policy_carry_their_own_version_and_all_replay(place: Place) -> None:
    old, new = _versions(place)
    first, second = place.serve(), place.serve()
    decided: list[tuple[Portal, str]] = []
    over = threading.Event()

    def telling(portal: Portal, number: int) -> None:
        while not over.is_set():
            decided.append((portal, portal.tell(number, datetime.fromisoformat(START))))
            number += 2
            time.sleep(0.03)

    tellers = [threading.Thread(target=telling, args=(portal, i)) for i, portal in enumerate((first, second))]
    for thread in tellers:
        thread.start()
    began = time.monotonic()
    withdrawn = _drafted(place, datetime.fromisoformat(START) + timedelta(days=999))
    place.catalogue("rollback", withdrawn, "--by", "Anna Ahn", "--note", "a rehearsal, to see how fast this machine is")
    lead_s = 4 + 4 * (time.monotonic() - began)
    instant = max(first.now(), second.now()) + timedelta(seconds=lead_s)
    version = _drafted(place, instant)
    with pytest.raises(PublicationError, match="another person must approve"):
        place.catalogue("approve", version, "--by", "anna AHN")
    assert "is approved" in place.catalogue("approve", version, "--by", "Bert Bo")
    approved_at = max(first.now(), second.now())
    assert approved_at < instant, "this machine is too slow for the test: it must see the change before it comes"
    while min(first.now(), second.now()) < instant + timedelta(seconds=2):
        time.sleep(0.1)
    over.set()
    for thread in tellers:
        thread.join()

    sides = {"before": 0, "after": 0}
    for portal, decision_id in decided:
        shown = portal.receipt(decision_id)
        later = datetime.fromisoformat(shown["receipt"]["as_of"]) >= instant
        sides["after" if later else "before"] += 1
        assert shown["receipt"]["versions"]["catalogue"] == (new if later else old)
        assert shown["approval"]["approved_by"] == ("Bert Bo" if later else None)
        assert shown["approval"]["from_descriptor"] is not later
        rules = {c["rule"] for line in shown["receipt"]["candidates"] for c in line["criteria"]}
        assert rules == {"income < 80" if later else "income < 50"}
    assert min(sides.values()) >= 10, sides
    assert first.in_force() == second.in_force() == new
    assert place.log().count('"event": "catalogue_taken_up"') == 4, "each server its first version, then the new one"

    place.catalogue("rollback", "--by", "Cora Cho", "--note", "a mistake", version)
    until = time.monotonic() + 10
    while time.monotonic() < until and {first.in_force(), second.in_force()} != {old}:
        time.sleep(0.05)
    back = first.receipt(first.tell(7, datetime.fromisoformat(START)))
    assert back["receipt"]["versions"]["catalogue"] == old

    told = place.herald("replay", place.descriptor, "--sample", "2000")
    total = int(re.search(r"(\d+) decisions replayed", told)[1])  # type: ignore[index]
    assert total > len(decided)
    assert f"{total} identical, 0 differs, 0 impossible" in told
    one = place.herald("replay", place.descriptor, decided[-1][1])
    assert f"decision {decided[-1][1]}: identical (catalogue {new[:12]}, model 1)" in one


def test_a_server_killed_between_draft_and_approval_comes_back_with_the_former_version(place: Place) -> None:
    old, new = _versions(place)
    server = place.serve()
    version = _drafted(place, datetime.fromisoformat(START) - timedelta(days=1))
    place.kill()
    server = place.serve()
    assert server.in_force() == old
    place.catalogue("approve", version, "--by", "Bert Bo")
    until = time.monotonic() + 10
    while time.monotonic() < until and server.in_force() != new:
        time.sleep(0.05)
    assert server.in_force() == new
    place.kill()
    assert place.serve().in_force() == new


def test_a_model_that_is_only_in_the_registry_is_fetched_for_a_replay(place: Place) -> None:
    decision_id = place.serve().tell(3, datetime.fromisoformat(START))
    place.kill()
    copies = place.folder / "var" / "town" / "champion"
    aside = copies.rename(copies.with_name("champion-aside"))
    try:
        assert "identical" in place.herald("replay", place.descriptor, decision_id)
    finally:
        aside.rename(copies)
    assert "no such decision" in place.herald("replay", place.descriptor, "nowhere", code=2)

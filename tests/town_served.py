"""A trained town behind real servers: its commands and servers as processes, and a portal that calls them."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from typer.testing import CliRunner

from recommender.cli import build
from tests.servers import free_port
from tests.town_catalogue import write_services
from tests.training_town import build_town

START = "2010-03-01T09:00:00+00:00"
SCOPES = ("recommend", "facts:write", "audit", "operate")


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
        """A command of the group, in this process."""
        return self.here("catalogue", command, self.descriptor, *words)

    def here(self, *arguments: str) -> str:
        """A command in this process: it takes milliseconds, not the seconds of a start."""
        done = CliRunner().invoke(build(), list(arguments), catch_exceptions=False, env=self.environment)
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

    def drafted(self, since: datetime) -> str:
        """A draft of the other catalogue, to be in force from then on; its version, shortened."""
        told = self.catalogue(
            "publish", str(self.folder / "draft"), "--by", "Anna Ahn", "--from", since.isoformat(), "--note", "Act 7"
        )
        return re.search(r"version ([0-9a-f]{12}) is drafted", told)[1]  # type: ignore[index]

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


def train_town(folder: Path) -> Path:
    """A town of 600 with two catalogues, a champion and online features; takes half a minute."""
    write_services(folder / "services", 50)
    write_services(folder / "draft", 80)
    build_town(people=600).load(folder, catalogue="services")
    place = Place(folder, environment(folder))
    place.herald("train", place.descriptor)
    place.herald("materialise", place.descriptor)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Settings of every process."""
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


@contextmanager
def place_at(trained: Path, database: Path) -> Iterator[Place]:
    """The town with an operational database of its own, and one portal; its servers are ended."""
    settings = {**environment(trained), "HERALD_SERVING_DATABASE_URL": f"sqlite:///{database}"}
    made = Place(trained, settings)
    scopes = [word for scope in SCOPES for word in ("--scope", scope)]
    told = made.herald("client", "add", made.descriptor, "portal", *scopes)
    settings["PORTAL_SECRET"] = re.search(r"client_secret (\S+)", told)[1]  # type: ignore[index]
    (trained / "server.log").write_text("")
    try:
        yield made
    finally:
        for process in made.running:
            process.terminate()
            process.wait(timeout=20)

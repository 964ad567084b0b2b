"""The small town of `serving.testing` behind the real application."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from recommender.clock import FixedClock
from serving.app import create_app
from serving.bootstrap import put_together
from serving.database.connect import open_database
from serving.runtime import Herald
from serving.settings import ServingSettings
from serving.testing.town import CITIZENS, SECRET, TownFeatures, add_portals, champion, parts

NOW = datetime(2031, 3, 5, 9, 0, tzinfo=UTC)


@dataclass
class Town:
    """A running application and what a test may turn in it."""

    http: TestClient
    herald: Herald
    clock: FixedClock
    features: TownFeatures
    tokens: dict[str, str] = field(default_factory=dict)

    def headers(self, *scopes: str, portal: str = "portal") -> dict[str, str]:
        """A portal's sign-in with these scopes."""
        key = f"{portal}:{' '.join(scopes)}"
        if key not in self.tokens:
            form = {"grant_type": "client_credentials", "scope": " ".join(scopes)}
            answer = self.http.post("/v1/oauth/token", data=form, auth=(portal, SECRET))
            assert answer.status_code == 200, answer.text
            self.tokens[key] = answer.json()["access_token"]
        return {"Authorization": f"Bearer {self.tokens[key]}"}

    def resolve(self, number: str, portal: str = "portal") -> str:
        body = {"register_number": number}
        answer = self.http.post("/v1/citizens/resolve", json=body, headers=self.headers("recommend", portal=portal))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["citizen_id"])

    def tell(self, fact_id: str, number: str, event: str = "child_born", **more: Any) -> Any:
        body = {"id": fact_id, "register_number": number, "type": event, "happened_at": "2031-03-02", **more}
        return self.http.post("/v1/life-events", json=body, headers=self.headers("facts:write"))

    def inbox(self, number: str, **query: Any) -> list[dict[str, Any]]:
        path = f"/v1/citizens/{self.resolve(number)}/notifications"
        answer = self.http.get(path, params=query, headers=self.headers("recommend"))
        assert answer.status_code == 200, answer.text
        return list(answer.json()["notifications"])

    def settle(self) -> None:
        """Decide and deliver all that waits, here and now."""
        while self.herald.decider.step():
            pass
        while self.herald.delivery.step():
            pass


OpenTown = Callable[..., Town]


@pytest.fixture
def open_town(tmp_path: Path) -> Iterator[OpenTown]:
    """Open a town; the same folder twice is the same town after a restart. Workers do not run: a test calls settle."""
    opened: list[TestClient] = []

    def opening(*, with_champion: bool = True, **settings: Any) -> Town:
        clock, features = FixedClock(NOW), TownFeatures(CITIZENS)
        database = open_database(f"sqlite:///{tmp_path}/herald.db")
        herald = put_together(
            parts(tmp_path, ServingSettings(**{"development": True, **settings}), database, clock, features)
        )
        if with_champion:
            herald.champion.follow(champion("fixed-1"))
        add_portals(database, NOW)
        http = TestClient(create_app(herald), raise_server_exceptions=False)
        opened.append(http)
        return Town(http, herald, clock, features)

    yield opening
    for http in opened:
        http.close()


@pytest.fixture
def town(open_town: OpenTown) -> Town:
    """A town with a champion."""
    return open_town()

"""A small town behind the real application: fakes for the feature store and the model, everything else as it runs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from recommender.adapters.rule_text import parse_rule
from recommender.catalogue import Answer, Catalogue, Criterion, PublicService, Usage
from recommender.clock import FixedClock
from recommender.facts import Fact, FactKind, Knowledge, RecordedEvent, Scalar
from recommender.identifiers import CatalogueVersion, CitizenId, EventType, ModelVersion, NeedKey, ServiceId
from recommender.instants import to_us
from recommender.pipeline import Engine
from recommender.policy import PushPolicy
from recommender.testing.fakes import FixedScorer, StateVectoriser, knowledge_of
from serving.app import create_app
from serving.bootstrap import Parts, put_together
from serving.champion import Aliased
from serving.database import clients
from serving.runtime import Herald
from serving.settings import ServingSettings

NOW = datetime(2031, 3, 5, 9, 0, tzinfo=UTC)
SECRET = "portal-secret-for-tests"
EVENT_TYPES = ("child_born", "job_lost")


class TownFeatures:
    """OnlineFeatures kept in memory: what was ingested, and what was refreshed from the log since."""

    def __init__(self, base: Mapping[str, Mapping[str, Scalar | None]]) -> None:
        self._base = {CitizenId(citizen): dict(values) for citizen, values in base.items()}
        self._stored: dict[CitizenId, tuple[dict[str, Scalar | None], tuple[RecordedEvent, ...]]] = {
            citizen: (values, ()) for citizen, values in self._base.items()
        }
        self.failing: set[CitizenId] = set()

    def read(self, citizen_id: CitizenId, as_of: datetime) -> Knowledge | None:
        if citizen_id not in self._stored:
            return None
        values, events = self._stored[citizen_id]
        shown = {"resident": None, **values}
        return replace(knowledge_of(as_of, shown, recent=events, citizen_id=citizen_id))

    def refresh(self, citizen_id: CitizenId, accepted: Sequence[Fact], as_of: datetime) -> Knowledge:
        if citizen_id in self.failing:
            raise RuntimeError("the store is not to be reached")
        values = dict(self._base.get(citizen_id, {}))
        gone = {fact.corrects for fact in accepted if fact.corrects}
        events = []
        for fact in accepted:
            if fact.kind is FactKind.ATTRIBUTES:
                values |= fact.values
            elif fact.fact_id not in gone and not fact.withdrawn and fact.event_type is not None:
                root = fact.corrects or fact.fact_id
                events.append(RecordedEvent(root, fact.event_type, to_us(fact.happened_at), to_us(fact.known_at)))
        events.sort(key=lambda event: event.known_us, reverse=True)
        self._stored[citizen_id] = (values, tuple(events))
        read = self.read(citizen_id, as_of)
        assert read is not None
        return read


def _service(service_id: str, event: str) -> PublicService:
    words = {"en": service_id.replace("_", " ").capitalize(), "zh": "服务"}
    rule = "resident == true"
    resident = Criterion(
        "resident", parse_rule(rule), rule, {"en": "You live here.", "zh": "您住在这里。"}, words, words, "Act, s. 1"
    )
    return PublicService(
        ServiceId(service_id), words, words, {"en": "Office"}, NeedKey(event),
        (Answer("P1Y", EventType(event)),), (resident,), Usage.REPEATABLE,
    )  # fmt: skip


CATALOGUE = Catalogue(
    CatalogueVersion("town-1"), (_service("birth_allowance", "child_born"), _service("job_help", "job_lost"))
)


def champion(version: str = "1", *, verdict: str = "passed") -> Aliased:
    """What the registry's alias names."""
    return Aliased(ModelVersion(version), verdict, lambda target: target.mkdir(parents=True))


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
        clock = FixedClock(NOW)
        features = TownFeatures({"anna": {"resident": True}, "bert": {"resident": False}, "cora": {}})
        scorer = FixedScorer({NeedKey("child_born"): 0.4, NeedKey("job_lost"): 0.2})
        parts = Parts(
            settings=ServingSettings(development=True, **settings),
            database_url=f"sqlite:///{tmp_path}/herald.db",
            ground={"law": "Act on telling, s. 4"},
            catalogue=CATALOGUE,
            languages=("en", "zh"),
            zone="UTC",
            event_types=frozenset(EVENT_TYPES),
            attributes={"resident": "boolean", "income": "number", "district": "category", "moved_on": "time"},
            hidden=frozenset(),
            columns=(),
            online=features,
            clock=clock,
            identify=CitizenId,
            champion_folder=tmp_path / "champion",
            load=lambda folder, version: scorer,
            engine_of=lambda it: Engine(CATALOGUE, it, StateVectoriser(), PushPolicy(), "UTC"),
            look=lambda: None,
            registered_ground=lambda citizen: None,
        )
        herald = put_together(parts)
        if with_champion:
            herald.champion.follow(champion("fixed-1"))
        with herald.database.write() as conn:
            every = frozenset({"recommend", "facts:write", "feedback", "operate", "audit"})
            for name in ("portal", "other"):
                if clients.find(conn, name) is None:
                    clients.add(conn, name, SECRET, every, NOW)
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

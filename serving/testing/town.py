"""The town: three citizens, two life events, two public services, a feature store in memory and a fixed model."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from features.contacts import Contacts
from features.erased import mark_of
from features.settings import FeatureSettings
from features.workspace import Workspace
from recommender.adapters.no_scorer import NoScorer
from recommender.adapters.settings import read_settings
from recommender.adapters.stored_catalogue import stored_catalogue
from recommender.adapters.yaml_catalogue import Written
from recommender.adapters.yaml_forms import ServiceForm, SharedForm
from recommender.catalogue import Catalogue
from recommender.clock import Clock
from recommender.facts import Fact, FactKind, Knowledge, RecordedEvent, Scalar
from recommender.identifiers import CatalogueVersion, CitizenId, ModelVersion, NeedKey
from recommender.instants import to_us
from recommender.pipeline import Engine
from recommender.policy import PushPolicy
from recommender.ports import OnlineFeatures, Scorer
from recommender.testing.fakes import FixedScorer, StateVectoriser, knowledge_of
from serving.answering.disputing import Disputables
from serving.channels.settings import ChannelSettings
from serving.database import clients
from serving.database.connect import Database
from serving.deciding.knowing import ProtectedAddresses
from serving.delivery.settings import DeliverySettings
from serving.messages.settings import MessageSettings
from serving.pages.settings import PagesSettings
from serving.parts import Parts
from serving.settings import ServingSettings
from serving.versions.copies import Aliased

KEY = b"the town's identity key"
SECRET = "portal-secret-for-tests"
SCOPES = ("recommend", "facts:write", "feedback", "operate", "counter", "audit")
CITIZENS: Mapping[str, Mapping[str, Scalar | None]] = {
    "anna": {"resident": True},
    "bert": {"resident": False},
    "cora": {},
}


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
        return knowledge_of(as_of, shown, recent=events, citizen_id=citizen_id)

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


def _service(service_id: str, event: str, rule: str, terms: Mapping[str, object]) -> ServiceForm:
    words = {"en": service_id.replace("_", " ").capitalize(), "zh": "服务"}
    resident = {
        "id": "resident",
        "rule": rule,
        "met": {"en": "You live here.", "zh": "您住在这里。"},
        "unmet": words,
        "unknown": words,
        "source": {"act": "Act", "article": "s. 1"},
    }
    return ServiceForm.model_validate(
        {
            "id": service_id,
            "name": words,
            "description": words,
            "authority": {"en": "Office"},
            "need": event,
            "answers": [{"event": event, "within": "P1Y"}],
            "criteria": [resident],
            "usage": "repeatable",
            **terms,
        }
    )


POLICY = PushPolicy()
SERVICES: Mapping[str, str] = {"birth_allowance": "child_born", "job_help": "job_lost"}
"""Each public service with the life event that calls for it."""


def content(rule: str = "resident == true", services: Mapping[str, str] = SERVICES, **terms: object) -> bytes:
    """The town's catalogue, in which one rule says who may have any service. terms: further ones of every service."""
    forms = [_service(service_id, event, rule, terms) for service_id, event in services.items()]
    return Written(tuple((Path(form.id), form) for form in forms), SharedForm()).content()


def catalogue(version: CatalogueVersion, stored: bytes) -> Catalogue:
    """The catalogue of a stored content, after its rules were compiled."""
    found = stored_catalogue(version, stored, ("en", "zh"))
    engine(found, NoScorer())
    return found


def engine(of: Catalogue, scorer: Scorer) -> Engine:
    """The town's engine with that catalogue."""
    made = Engine(of, scorer, StateVectoriser(), POLICY, "UTC")
    _ = made.rules
    return made


def champion(version: str = "1", *, verdict: str = "passed") -> Aliased:
    """What the registry's alias names."""
    return Aliased(ModelVersion(version), verdict, lambda target: target.mkdir(parents=True))


def parts(folder: Path, settings: ServingSettings, database: Database, clock: Clock, online: OnlineFeatures) -> Parts:
    """What a server for the town is made from. Register numbers are kept as they are: the town has pseudonyms."""
    scorer = FixedScorer({NeedKey("child_born"): 0.4, NeedKey("job_lost"): 0.2})
    return Parts(
        settings=settings,
        database=database,
        found=content,
        read=catalogue,
        languages=("en", "zh"),
        zone="UTC",
        event_types=frozenset({"child_born", "job_lost"}),
        attributes={
            "resident": "boolean",
            "income": "number",
            "district": "category",
            "moved_on": "time",
            "protected_address": "boolean",
        },
        derived={},
        hidden=frozenset(),
        columns=(),
        ground={"law": "Act on telling, s. 4"},
        registered_ground=lambda citizen: None,
        online=online,
        protected=ProtectedAddresses("protected_address", lambda: []),
        locating=frozenset(),
        blank=lambda citizen_id, at, recent: knowledge_of(at, {}, recent=recent, citizen_id=citizen_id),
        disputables=Disputables((), {}, lambda subject: "", lambda citizens: None),
        mark=lambda citizen: mark_of(citizen, KEY),
        clock=clock,
        identify=CitizenId,
        champion_folder=folder / "champion",
        load=lambda copy, version: scorer,
        policy=POLICY,
        engine_of=engine,
        look=lambda: None,
        look_beside=lambda: None,
        delivery=read_settings(DeliverySettings),
        pages=read_settings(PagesSettings),
        messages=read_settings(MessageSettings),
        channels=read_settings(ChannelSettings),
        registered_language=lambda citizen: None,
        contacts=Contacts(Workspace(folder), read_settings(FeatureSettings, var=folder, development=True)),
    )


def add_portals(database: Database, at: datetime) -> None:
    """Two portals with every scope, unless they are there."""
    with database.write() as conn:
        for name in ("portal", "other"):
            if clients.find(conn, name) is None:
                clients.add(conn, name, SECRET, frozenset(SCOPES), at)

"""A server for a dataset, from what `herald ingest`, `train` and `materialise` left in its workspace."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from features.contacts import Contacts
from features.descriptor import Descriptor
from features.disputing import keep_disputing
from features.erased import mark_of
from features.known_then import sources_of
from features.population import citizens_where
from features.schema import FeatureSchema, load_schema
from features.store import online_features
from features.vectors import SchemaVectoriser
from recommender.adapters.lightgbm_scorer import load_scorer
from recommender.adapters.no_scorer import NoScorer
from recommender.adapters.settings import read_settings
from recommender.adapters.stored_catalogue import stored_catalogue
from recommender.catalogue import Catalogue
from recommender.identifiers import CatalogueVersion
from recommender.pipeline import Engine
from recommender.policy import PushPolicy
from recommender.ports import Scorer
from serving.answering.disputing import Disputables
from serving.bootstrap import put_together
from serving.channels.settings import ChannelSettings
from serving.database.connect import Database, open_database
from serving.deciding.knowing import ProtectedAddresses
from serving.deciding.registered_grounds import RegisteredGrounds
from serving.deciding.spoken import RegisteredLanguages
from serving.delivery.settings import DeliverySettings
from serving.messages.settings import MessageSettings
from serving.pages.settings import PagesSettings, check_pages
from serving.parts import Parts
from serving.place import Place, clock_of, database_url, mlflow_address, policy_of
from serving.runtime import Herald
from serving.settings import ServingSettings
from serving.versions import challenger, champion
from serving.versions.champion import check_fits
from serving.versions.registry import registry_lookup


def assemble(descriptor_file: Path, var: Path | None, settings: ServingSettings) -> Herald:
    """A server for a dataset, not running yet; its champion is loaded when there is a local copy."""
    place = Place.find(descriptor_file, var)
    database = open_database(database_url(settings, place.workspace))
    herald = put_together(_parts(place, settings, database))
    herald.champion.load_local()
    return herald


@dataclass(frozen=True)
class EngineMaker:
    """Makes engines for one schema and policy, compiled before they are used."""

    schema: FeatureSchema
    policy: PushPolicy
    languages: tuple[str, ...] = ()

    def engine(self, catalogue: Catalogue, scorer: Scorer) -> Engine:
        """Raises SchemaMismatchError when the scorer was trained on other features."""
        check_fits(scorer, self._vectoriser.feature_names, self._vectoriser.schema_digest)
        return self._engine(catalogue, scorer)

    def catalogue(self, version: CatalogueVersion, content: bytes) -> Catalogue:
        """The catalogue of a stored content, after its rules were compiled. Raises CatalogueError."""
        catalogue = stored_catalogue(version, content, self.languages)
        self._engine(catalogue, NoScorer())
        return catalogue

    @cached_property
    def _vectoriser(self) -> SchemaVectoriser:
        return SchemaVectoriser(self.schema)

    def _engine(self, catalogue: Catalogue, scorer: Scorer) -> Engine:
        engine = Engine(catalogue, scorer, self._vectoriser, self.policy, self.schema.zone)
        # computed here, once: the first request should not, and two at once must not
        _ = engine.rules, engine.calls, engine.periods, engine.versions, engine.columns
        return engine


def _parts(place: Place, settings: ServingSettings, database: Database) -> Parts:
    workspace = place.workspace
    schema = load_schema(workspace)
    maker = EngineMaker(schema, policy_of(settings), place.descriptor.languages)
    clock = clock_of(settings.clock_start, database)
    uri, file = mlflow_address(settings, workspace)
    return Parts(
        settings=settings,
        database=database,
        found=place.catalogue_content,
        read=maker.catalogue,
        languages=place.descriptor.languages,
        zone=schema.zone,
        event_types=frozenset(schema.event_types),
        attributes={attribute.name: attribute.kind for attribute in schema.attributes},
        derived=dict.fromkeys(schema.derived, "number"),
        hidden=place.descriptor.hidden,
        protected=_protected(place, schema),
        locating=locating_of(place.descriptor, schema),
        columns=tuple(column.name for column in schema.columns),
        ground=place.ground,
        registered_ground=RegisteredGrounds(workspace, clock),
        online=online_features(workspace, schema, place.features),
        blank=lambda citizen_id, at, recent: schema.knowledge(citizen_id, at, (None,) * len(schema.columns), recent),
        disputables=Disputables(
            tuple(column.name for column in schema.columns),
            schema.derived,
            _RegisterOf(place),
            lambda citizens: keep_disputing(workspace, citizens),
        ),
        mark=lambda citizen: mark_of(citizen, place.features.key()),
        clock=clock,
        identify=place.identify,
        champion_folder=workspace.champion,
        load=load_scorer,
        policy=maker.policy,
        engine_of=maker.engine,
        look=registry_lookup(uri, file, champion.ALIAS),
        look_beside=registry_lookup(uri, file, challenger.ALIAS),
        messages=read_settings(MessageSettings),
        channels=read_settings(ChannelSettings),
        contacts=Contacts(workspace, place.features),
        registered_language=RegisteredLanguages(workspace, clock, next(iter(place.descriptor.languages), "")),
        delivery=read_settings(DeliverySettings),
        pages=_pages(),
    )


def _pages() -> PagesSettings:
    settings = read_settings(PagesSettings)
    check_pages(settings)
    return settings


def locating_of(descriptor: Descriptor, schema: FeatureSchema) -> frozenset[str]:
    """The attributes that tell where or with whom a person lives, and the stored columns made of them."""
    told = {name for name, (_, column) in descriptor.attributes.items() if column.locates}
    stored = {column.name for column in schema.columns if column.name.partition("__")[0] in told}
    return frozenset(told | stored)


def _protected(place: Place, schema: FeatureSchema) -> ProtectedAddresses | None:
    attribute = place.descriptor.protected_address
    if attribute is None:
        return None
    return ProtectedAddresses(attribute, lambda: citizens_where(place.workspace, schema, attribute))


@dataclass(frozen=True, slots=True)
class _RegisterOf:
    """The register that keeps an attribute, or `event:<type>`, by the descriptor; the first of several."""

    place: Place

    def __call__(self, subject: str) -> str:
        found = sources_of(subject, self.place.descriptor, self.place.workspace)
        return found[0].register if found else ""

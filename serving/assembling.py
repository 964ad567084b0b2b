"""A server for a dataset, from what `herald ingest`, `train` and `materialise` left in its workspace."""

from collections.abc import Callable
from pathlib import Path

from features.schema import FeatureSchema, load_schema
from features.store import online_features
from features.vectors import SchemaVectoriser
from recommender.adapters.lightgbm_scorer import load_scorer
from recommender.catalogue import Catalogue
from recommender.pipeline import Engine
from recommender.policy import PushPolicy
from recommender.ports import Scorer
from serving.bootstrap import Parts, put_together
from serving.champion import check_fits
from serving.database.connect import Database, open_database
from serving.place import Place, clock_of, database_url, mlflow_address, policy_of
from serving.registered_grounds import RegisteredGrounds
from serving.registry import registry_lookup
from serving.runtime import Herald
from serving.settings import ServingSettings


def assemble(descriptor_file: Path, var: Path | None, settings: ServingSettings) -> Herald:
    """A server for a dataset, not running yet; its champion is loaded when there is a local copy."""
    place = Place.find(descriptor_file, var)
    database = open_database(database_url(settings, place.workspace))
    herald = put_together(_parts(place, settings, database))
    herald.champion.load_local()
    return herald


def engine_for(catalogue: Catalogue, schema: FeatureSchema, policy: PushPolicy) -> Callable[[Scorer], Engine]:
    """Makes an engine of a scorer, compiled before it is used. Raises SchemaMismatchError when they do not fit."""
    vectoriser = SchemaVectoriser(schema)

    def engine_of(scorer: Scorer) -> Engine:
        check_fits(scorer, vectoriser.feature_names, vectoriser.schema_digest)
        engine = Engine(catalogue, scorer, vectoriser, policy, schema.zone)
        # computed here, once: the first request should not, and two at once must not
        _ = engine.rules, engine.calls, engine.periods, engine.versions, engine.columns
        return engine

    return engine_of


def _parts(place: Place, settings: ServingSettings, database: Database) -> Parts:
    workspace = place.workspace
    schema = load_schema(workspace)
    catalogue = place.catalogue()
    clock = clock_of(settings.clock_start, database)
    uri, file = mlflow_address(settings, workspace)
    return Parts(
        settings=settings,
        database=database,
        catalogue=catalogue,
        languages=place.descriptor.languages,
        zone=schema.zone,
        event_types=frozenset(schema.event_types),
        attributes={attribute.name: attribute.kind for attribute in schema.attributes},
        hidden=place.hidden,
        columns=tuple(column.name for column in schema.columns),
        ground=place.ground,
        registered_ground=RegisteredGrounds(workspace, clock),
        online=online_features(workspace, schema, place.features),
        clock=clock,
        identify=place.identify,
        champion_folder=workspace.champion,
        load=load_scorer,
        engine_of=engine_for(catalogue, schema, policy_of(settings)),
        look=registry_lookup(uri, file),
    )

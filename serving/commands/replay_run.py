"""`herald replay`: one decision, or a sample of them, out of a dataset's workspace."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from features.schema import load_schema, schema_from_json
from recommender.adapters.lightgbm_scorer import LightGBMScorer, load_scorer
from recommender.adapters.settings import read_settings
from recommender.catalogue import Catalogue
from recommender.errors import ReceiptError
from recommender.identifiers import DecisionId
from recommender.pipeline import Engine, Rebuild
from recommender.policy import PushPolicy
from recommender.ports import Scorer
from serving.assembling import EngineMaker
from serving.database import decisions
from serving.database.connect import open_database
from serving.deciding.replaying import Replayed, Replayer
from serving.place import Place, database_url, mlflow_address, policy_of
from serving.settings import ServingSettings
from serving.versions.editions import Editions
from serving.versions.models import Models
from serving.versions.registry import registry_fetch


def replay_one(descriptor_file: Path, var: Path | None, decision_id: str) -> Replayed:
    """Raises NotFoundError when there is no such decision."""
    with replayer(descriptor_file, var) as found:
        return found.replay(DecisionId(decision_id))


def replay_sample(descriptor_file: Path, var: Path | None, size: int, seed: int) -> Iterator[Replayed]:
    """So many at random, or all where there are fewer; the same seed over the same decisions draws the same."""
    with replayer(descriptor_file, var) as found:
        with found.database.read() as conn:
            drawn = decisions.sample_ids(conn, size, Random(seed))
        for decision_id in drawn:
            yield found.replay(decision_id)


@contextmanager
def replayer(descriptor_file: Path, var: Path | None) -> Iterator[Replayer]:
    """Over a dataset's workspace. Raises SetupError when something that must be there is not."""
    settings = read_settings(ServingSettings)
    place = Place.find(descriptor_file, var)
    schema = load_schema(place.workspace)
    languages = place.descriptor.languages
    models = Models(place.workspace.champion, load_scorer, registry_fetch(*mlflow_address(settings, place.workspace)))
    reader = EngineMaker(schema, policy_of(settings), languages)
    with open_database(database_url(settings, place.workspace)) as database:
        yield Replayer(database, Editions(database, reader.catalogue, languages), models.scorer, restore)


def restore(catalogue: Catalogue, scorer: Scorer, policy: PushPolicy) -> tuple[Engine, Rebuild]:
    """An engine over the feature schema that the model was trained with, which was the store's when it decided."""
    if not isinstance(scorer, LightGBMScorer):
        raise ReceiptError(f"model {scorer.version} carries no feature schema", mend="train one with `herald train`")
    schema = schema_from_json(json.dumps(scorer.about["schema"]))
    return EngineMaker(schema, policy).engine(catalogue, scorer), schema.knowledge

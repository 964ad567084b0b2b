"""The champion as a rival: its own scorer on the validation people, at times that it did not learn from."""

import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from features.schema import FeatureSchema, schema_from_json
from recommender.adapters.lightgbm_scorer import LightGBMScorer, load_scorer
from recommender.errors import HeraldError, ModelError
from recommender.identifiers import ModelVersion
from recommender.metrics import Bootstrap, Matrix
from training.dataset import Examples, Source
from training.evaluation import Evaluation, difference, evaluate
from training.registry import DATASET, MODEL, champion_version

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from training.fairness import Check

WORSE_AT_MOST = 0.005
"""A new model may be worse than the champion by this share of its log loss, at the far end of the interval."""
LEAST_PEOPLE = 100


@dataclass(frozen=True, slots=True)
class Rival:
    """The champion's scorer, the schema it reads by, and until when it learnt."""

    version: str
    scorer: LightGBMScorer
    schema: FeatureSchema
    learnt_through: datetime

    def check(self, source: Source, validate: Examples, ours: Matrix, bootstrap: Bootstrap) -> "Check":
        """Not worse than the champion by paired bootstrap over people, on decision times it had not learnt from."""
        needs = tuple(source.descriptor.needs)
        fresh = validate.as_of_us >= int(self.learnt_through.timestamp() * 1_000_000)
        people = validate.citizens.astype(str)[fresh]
        if len(np.unique(people)) < LEAST_PEOPLE or not set(needs) & set(self.scorer.need_keys):
            return True, f"champion {self.version} has learnt from this validation period: not compared"
        theirs, common = self._predict(source, validate.only(fresh))
        truth = validate.labels[fresh][:, common].astype(np.float64)
        first = evaluate(ours[fresh][:, common], truth, people, [needs[place] for place in np.flatnonzero(common)])
        second = evaluate(theirs, truth, people, [needs[place] for place in np.flatnonzero(common)])
        return _compared(self.version, first, second, bootstrap)

    def _predict(self, source: Source, examples: Examples) -> tuple[Matrix, npt.NDArray[np.bool_]]:
        """Its probabilities of the needs that both know, in the descriptor's order, and which these are."""
        needs = tuple(source.descriptor.needs)
        common = np.array([need in self.scorer.need_keys for need in needs])
        places = [list(self.scorer.need_keys).index(need) for need in needs if need in self.scorer.need_keys]  # type: ignore[arg-type]
        features = Source(source.workspace, source.descriptor, self.schema).features_of(examples)
        return self.scorer.score(features)[:, places].astype(np.float64), common


def _compared(version: str, ours: Evaluation, theirs: Evaluation, bootstrap: Bootstrap) -> "Check":
    gap = difference(ours.rows.losses, theirs.rows.losses, ours.rows.people, bootstrap)
    most = WORSE_AT_MOST * theirs.overall["log_loss"]
    words = (
        f"log loss less champion {version}'s {gap.value:+.5f} ({gap.low:+.5f} to {gap.high:+.5f}), at most {most:+.5f}"
    )
    return gap.high <= most, words


def find_rival(client: "MlflowClient", dataset: str) -> Rival | None:
    """The champion, if there is one of this dataset.

    Raises ModelError when it is there and cannot be read: a model that was compared with nothing may be worse.
    """
    version = champion_version(client)
    if version is None or client.get_model_version(MODEL, version).tags.get(DATASET) != dataset:
        return None
    from mlflow.artifacts import download_artifacts

    try:
        with tempfile.TemporaryDirectory(prefix="herald-champion-") as room:
            source = client.get_model_version_download_uri(MODEL, version)
            fetched = download_artifacts(
                artifact_uri=f"{source}/artifacts/scorer", dst_path=room, tracking_uri=client.tracking_uri
            )
            scorer = load_scorer(Path(fetched), ModelVersion(version))
        schema = schema_from_json(json.dumps(scorer.about["schema"]))
        through = datetime.fromisoformat(str(scorer.about["recipe"]["validate_through"]))
        return Rival(version, scorer, schema, through if through.tzinfo else through.replace(tzinfo=UTC))
    except (HeraldError, OSError, KeyError, ValueError) as error:
        raise ModelError(
            f"the champion, version {version}, cannot be read to be compared with ({error})",
            mend="roll back to a whole one: `herald rollback DESCRIPTOR --approve NAME`",
        ) from error

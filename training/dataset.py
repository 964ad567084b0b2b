"""Examples to learn from: who, when, what was known then, and what became of it; several decision times a citizen."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from features.dataset import INSTANT, point_in_time
from features.descriptor import Descriptor
from features.disputing import disputing
from features.facts import read_citizens
from features.schema import FeatureSchema
from features.vectors import SchemaVectoriser
from features.workspace import Workspace
from recommender.ports import FloatMatrix
from training.labels import Labels, need_labels

_CHUNK = 50_000
_HASHED = 2**32


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows to learn from or to judge by, by decision time and then citizen.

    citizens : ids, shape (n,).  as_of_us : decision times, shape (n,).
    features : shape (n, len(feature names of the schema)), NaN is unknown.
    labels   : shape (n, needs); NaN is no label (see `training.labels`).
    """

    citizens: npt.NDArray[np.object_]
    as_of_us: npt.NDArray[np.int64]
    features: FloatMatrix
    labels: Labels

    def __len__(self) -> int:
        return len(self.citizens)

    def only(self, rows: npt.NDArray[np.bool_]) -> "Examples":
        """The rows where the mask is true."""
        return Examples(self.citizens[rows], self.as_of_us[rows], self.features[rows], self.labels[rows])

    def folds(self, number: int, seed: int) -> npt.NDArray[np.int64]:
        """A fold of 0..number-1 per row; all rows of one person are in the same."""
        return person_hash(self.citizens, f"fold {seed}") % number


@dataclass(frozen=True, slots=True)
class Source:
    """The workspace and how to read it.

    rows_at_most : more examples than this are sampled down, by person and time.   excluded : never among the labelled.
    """

    workspace: Workspace
    descriptor: Descriptor
    schema: FeatureSchema
    rows_at_most: int = 120_000
    seed: int = 7
    excluded: frozenset[str] = frozenset()

    def labelled(self, times: Sequence[datetime], known_through: datetime) -> Examples:
        """Every citizen known at each time, with at least one label known by `known_through`; sampled when too many."""
        entities = self._sampled(self._citizens(times))
        labels = need_labels(self.workspace, self.descriptor, entities, known_through)
        usable = ~np.isnan(labels).all(axis=1)
        entities, labels = entities.filter(pl.Series(usable)), labels[usable]
        features, held = self._features(entities)
        labels[held] = np.nan
        return _examples(entities, features, labels)

    def everyone(self, at: datetime) -> Examples:
        """Every citizen of the workspace, known by then or not, without labels: to be scored."""
        ids = read_citizens(self.workspace).select("citizen_id", pl.lit(at).cast(INSTANT).alias("as_of"))
        features, _ = self._features(ids)
        return _examples(ids, features, np.full((ids.height, len(self.descriptor.needs)), np.nan, dtype=np.float32))

    def features_of(self, examples: Examples) -> FloatMatrix:
        """The features, by this schema, of the citizens and times of others' examples."""
        at = pl.Series(examples.as_of_us).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        features, _ = self._features(pl.DataFrame({"citizen_id": examples.citizens.tolist(), "as_of": at}))
        return features

    def _citizens(self, times: Sequence[datetime]) -> pl.DataFrame:
        out = [*self.excluded, *disputing(self.workspace)]
        known = read_citizens(self.workspace).filter(~pl.col("citizen_id").is_in(out))
        at = pl.DataFrame({"as_of": pl.Series(sorted(times), dtype=INSTANT)})
        pairs = at.join(known, how="cross").filter(pl.col("first_known_at") <= pl.col("as_of"))
        return pairs.select("citizen_id", "as_of")

    def _sampled(self, entities: pl.DataFrame) -> pl.DataFrame:
        if entities.height <= self.rows_at_most:
            return entities
        keys = entities["citizen_id"].to_numpy()
        shifts = (entities["as_of"].dt.epoch("us") // 1_000_000).to_numpy()
        # Another draw at each time, so that over the times nearly everybody takes part.
        draw = (person_hash(keys, f"rows {self.seed}") + shifts * 2_654_435_761) % _HASHED
        least = np.partition(draw, self.rows_at_most)[self.rows_at_most]
        return entities.filter(pl.Series(draw < least))

    def _features(self, entities: pl.DataFrame) -> tuple[FloatMatrix, npt.NDArray[np.bool_]]:
        """Features, and per need key whether the citizen holds the public service whose use is the need."""
        vectoriser = SchemaVectoriser(self.schema)
        features = np.empty((entities.height, len(vectoriser.feature_names)), dtype=np.float32)
        held = np.zeros((entities.height, len(self.descriptor.needs)), dtype=bool)
        for start in range(0, entities.height, _CHUNK):
            part = slice(start, start + _CHUNK)
            states = point_in_time(self.workspace, self.schema, entities[part])
            features[part] = vectoriser.matrix(states, states["as_of"].dt.epoch("us").to_numpy())
            for place, need in enumerate(self.descriptor.needs.values()):
                for column in (f"{need.use}__holds", f"holds__{need.use}"):
                    if column in states.columns:
                        held[part, place] |= states[column].cast(pl.Boolean).fill_null(False).to_numpy()
        return features, held


def person_hash(citizens: npt.NDArray[np.object_], salt: str) -> npt.NDArray[np.int64]:
    """A number in [0, 2**32) per row that depends on the citizen and the salt alone."""
    distinct, inverse = np.unique(citizens.astype(str), return_inverse=True)
    hashed = [hashlib.blake2b(f"{salt}:{citizen}".encode(), digest_size=4).digest() for citizen in distinct]
    return np.frombuffer(b"".join(hashed), dtype=">u4").astype(np.int64)[inverse]


def _examples(entities: pl.DataFrame, features: FloatMatrix, labels: Labels) -> Examples:
    citizens = np.array(entities["citizen_id"].to_list(), dtype=object)
    return Examples(citizens, entities["as_of"].dt.epoch("us").to_numpy().astype(np.int64), features, labels)

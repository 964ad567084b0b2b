"""No feature may know what came after the decision: looked for in every training, and named when found.

Two ways in. Code that looks ahead: the features of some citizens are made again from a store that holds nothing known
after the decision time, and must come out the same. Tables that look ahead (a column that was filled in afterwards and
carries an earlier known time): no honest feature tells nearly everything of a need, so one that does is a label in
disguise. A column that leaks a little of the future is not found this way: ask its register when it is filled in.
"""

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from features.dataset import INSTANT, feature_matrix
from features.past import store_as_of
from features.schema import TIME, FeatureSchema
from features.vectors import SchemaVectoriser
from features.workspace import Workspace
from recommender.errors import ModelError
from recommender.ports import FloatMatrix
from training.dataset import Examples, Source, person_hash
from training.telling import Telling, most_telling

PEOPLE = 150
"""Citizens whose features are made again at each of the times looked at."""
TIMES = 3
TOO_TELLING = 0.85
"""Share of a need's uncertainty; honest features took away at most 0.68 (simulated city) and 0.51 (nlsy97)."""


def refuse_leaks(source: Source, examples: Examples, seed: int) -> dict[str, float | str]:
    """What was looked for and found harmless, for the run's record. Raises ModelError that names what leaks."""
    name, needs = source.descriptor.dataset, tuple(source.descriptor.needs)
    ahead = looking_ahead(source, examples, seed)
    if ahead:
        raise ModelError(
            f"dataset {name}: {_listed(ahead)} would be other had nothing been known after the decision: a leak",
            mend="mend the feature's function or its join; the champion is as it was",
        )
    ordered = most_telling(examples, SchemaVectoriser(source.schema).feature_names, needs, seed)
    guilty = too_telling(source.schema, ordered)
    if guilty:
        raise ModelError(
            f"dataset {name}: {_listed([f'{t.feature} tells {t.share:.0%} of {t.need}' for t in guilty])}; that is the "
            "label in disguise: a leak",
            mend="ask its register when the column is filled in, and correct its known time or take it out",
        )
    first = next((t for t in ordered if t.feature not in by_the_clock(source.schema)), Telling("", "", 0.0))
    return {"leaks": "none found", "most_telling": first.feature, "most_telling_share": round(first.share, 4)}


def looking_ahead(source: Source, examples: Examples, seed: int) -> list[str]:
    """The features of some examples that differ when they are made from a store without any later fact."""
    names = SchemaVectoriser(source.schema).feature_names
    times = np.unique(examples.as_of_us)
    guilty = np.zeros(len(names), dtype=bool)
    for at_us in times[np.unique(np.linspace(0, len(times) - 1, TIMES).astype(int))]:
        rows = np.flatnonzero(examples.as_of_us == at_us)
        rows = rows[np.argsort(person_hash(examples.citizens[rows], f"leaks {seed}"), kind="stable")[:PEOPLE]]
        citizens = [str(citizen) for citizen in examples.citizens[rows]]
        at = pl.Series([int(at_us)]).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")[0]
        differ = ~_same(examples.features[rows], _made_again(source, citizens, at))
        guilty |= differ.any(axis=0)
    return [name for name, wrong in zip(names, guilty, strict=True) if wrong]


def too_telling(schema: FeatureSchema, ordered: Sequence[Telling]) -> list[Telling]:
    """Those that tell too much, but for what a calendar tells honestly: age, and days since a date that never changes.

    A pension is due at an age, and the age is known years ahead.
    """
    honest = by_the_clock(schema)
    return [t for t in ordered if t.share > TOO_TELLING and t.feature not in honest]


def by_the_clock(schema: FeatureSchema) -> frozenset[str]:
    """The features that follow from the decision time and from what never changes."""
    fixed = {a.name for a in schema.attributes if not a.varying and a.kind == TIME}
    derived = {
        name for name, of in schema.derived.items() if any(a.name == of and not a.varying for a in schema.attributes)
    }
    return frozenset({f"days_since_{name}" for name in fixed} | derived)


def _made_again(source: Source, citizens: Sequence[str], at: datetime) -> FloatMatrix:
    with tempfile.TemporaryDirectory(prefix="herald-leaks-") as room:
        past = Workspace(Path(room) / source.descriptor.dataset)
        store_as_of(source.workspace, source.descriptor, source.schema, past, (citizens, at))
        asked = pl.DataFrame({"citizen_id": citizens}).with_columns(pl.lit(at).cast(INSTANT).alias("as_of"))
        return feature_matrix(past, source.schema, asked)


def _same(one: FloatMatrix, other: FloatMatrix) -> npt.NDArray[np.bool_]:
    return np.asarray((one == other) | (np.isnan(one) & np.isnan(other)))


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:5]) + (f" and {len(words) - 5} more" if len(words) > 5 else "")

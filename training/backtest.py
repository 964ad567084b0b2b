"""`herald backtest`: predict the past from what was known then, in a workspace of its own that is thrown away."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from features.dataset import INSTANT
from features.descriptor import Descriptor
from features.ingest.reading import files_of, rows_in
from features.ingest.run import ingest
from features.schema import FeatureSchema
from features.states import build_states
from features.workspace import Workspace
from recommender.adapters.lightgbm_scorer import LightGBMScorer, load_scorer
from recommender.disk import room_for
from recommender.errors import SetupError
from recommender.identifiers import ModelVersion
from recommender.ports import FloatMatrix
from training.dataset import Source
from training.fitting import Fitted, Periods, Progress, fit
from training.models import Recipe
from training.run import about_of, record_of


@dataclass(frozen=True, slots=True)
class Question:
    """What to predict. score_tables: other people's tables, to be scored and never learnt from; None: the same."""

    tables: Path
    periods: Periods
    as_of: tuple[datetime, ...]
    out: Path
    score_tables: Path | None = None
    rows_at_most: int = 120_000

    def check(self) -> None:
        """Raises SetupError when the dates contradict each other or the answer could not be written."""
        if self.periods.train_through > self.periods.validate_through:
            raise SetupError("--train-through is later than --validate-through", mend="swap them")
        early = [at for at in self.as_of if at < self.periods.validate_through]
        if early:
            raise SetupError(
                f"--as-of {early[0]:%Y-%m-%d} is before --validate-through: the model would know what it predicts",
                mend="name a date from --validate-through on",
            )
        if not self.out.absolute().parent.is_dir():
            raise SetupError(f"--out: there is no folder {self.out.absolute().parent}", mend="make it")


def backtest(descriptor: Descriptor, question: Question, recipe: Recipe, progress: Progress) -> Fitted:
    """Train as of `validate_through`, score everybody as of each time, and write the answer whole or not at all.

    Two workspaces keep the future out by construction: the one trained on holds no fact known after
    `validate_through`, the one scored holds none known after the last `as_of`, and is read as known at each.
    """
    question.check()
    with tempfile.TemporaryDirectory(prefix="herald-backtest-") as room:
        past = Workspace(Path(room) / "past" / descriptor.dataset)
        schema = _filled(descriptor, question.tables, past, question.periods.validate_through, progress)
        source = Source(past, descriptor, schema, question.rows_at_most, recipe.seed)
        record = record_of(source, recipe, question.periods)
        fitted = fit(source, question.periods, recipe, about_of(descriptor, record), progress)
        scorer = load_scorer(fitted.parts.write(Path(room) / "scorer"), ModelVersion("backtest"))
        present = Workspace(Path(room) / "present" / descriptor.dataset)
        present.offline.mkdir(parents=True)
        shutil.copy(past.schema_file, present.schema_file)
        shutil.rmtree(past.root)
        tables = question.score_tables or question.tables
        _filled(descriptor, tables, present, max(question.as_of), progress)
        _write(Source(present, descriptor, schema), scorer, question, progress)
    return fitted


def _filled(
    descriptor: Descriptor, tables: Path, workspace: Workspace, known_through: datetime, progress: Progress
) -> FeatureSchema:
    """Ingest and fold; a schema that is already there stays as it is, so that a model of it fits."""
    totals = {name: sum(map(rows_in, files_of(name, table, tables))) for name, table in descriptor.tables.items()}
    done = dict.fromkeys(totals, 0)

    def told(table: str, rows: int) -> None:
        done[table] += rows
        progress(f"tables through {known_through:%Y-%m-%d}", sum(done.values()), sum(totals.values()))

    ingest(descriptor, tables, workspace, known_through=known_through, progress=told)
    return build_states(workspace, descriptor, grow=not workspace.schema_file.exists())


def _write(source: Source, scorer: LightGBMScorer, question: Question, progress: Progress) -> None:
    times = sorted(set(question.as_of))
    draft = question.out.with_name(f".{question.out.name}.draft")
    frames = []
    for number, at in enumerate(times, start=1):
        everyone = source.everyone(at)
        frames.append(_long(everyone.citizens.tolist(), at, scorer.need_keys, scorer.score(everyone.features)))
        progress("scoring", number, len(times))
    try:
        with room_for(question.out, "make room, or name another --out"):
            pl.concat(frames).write_parquet(draft)
            draft.replace(question.out)
    finally:
        draft.unlink(missing_ok=True)


def _long(citizens: Sequence[str], at: datetime, needs: Sequence[str], scores: FloatMatrix) -> pl.DataFrame:
    """citizen_id, as_of, need, probability: every pair once."""
    return pl.DataFrame(
        {
            "citizen_id": pl.Series(np.repeat(np.array(citizens, dtype=object), len(needs)).tolist(), dtype=pl.String),
            "need": pl.Series(list(needs) * len(citizens), dtype=pl.String),
            "probability": pl.Series(scores.astype(np.float64).ravel()),
        }
    ).select("citizen_id", pl.lit(at).cast(INSTANT).alias("as_of"), "need", "probability")

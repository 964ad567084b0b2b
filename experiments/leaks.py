"""Worlds that differ only in what was not yet known: a dataset that differs between them looks ahead."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from features.dataset import INSTANT, feature_matrix
from features.descriptor import Descriptor, Role, TableSpec
from features.facts import read_citizens
from features.ingest.reading import files_of
from features.ingest.run import ingest
from features.schema import FeatureSchema, load_schema
from features.settings import FeatureSettings
from features.states import build_states
from features.workspace import Workspace
from recommender.adapters.settings import read_settings
from training.dataset import Source
from training.decision_times import decision_times, window_end
from training.fitting import first_known

FAR = timedelta(days=365 * 200)
_KEPT = (Role.PSEUDONYM, Role.REGISTER_NUMBER, Role.AS_OF, Role.HAPPENED, Role.KNOWN, Role.FACT_ID, Role.CORRECTS)
Change = Callable[[pl.DataFrame, TableSpec, datetime], pl.DataFrame]
"""A table, what the descriptor says of it, and the instant until which things were known; gives another table."""


def scrambled(seed: int) -> Change:
    """Everything known later is dealt anew: what is said goes to other people and times, and a third is gone."""

    def change(table: pl.DataFrame, spec: TableSpec, cut: datetime) -> pl.DataFrame:
        known = known_column(spec)
        if known is None:
            return table
        late = table[known] > cut
        if not late.any():
            return table
        random = np.random.default_rng(seed)
        later = table.filter(late)
        dealt = [name for name, column in spec.columns.items() if column.role not in _KEPT and name in later.columns]
        later = later.with_columns(later[name].gather(random.permutation(later.height)) for name in dealt)
        return pl.concat([table.filter(~late), later.filter(pl.Series(random.random(later.height) < 2 / 3))])

    return change


def shifted(share: float, seed: int) -> Change:
    """A share of what was known by then becomes known two hundred years later."""

    def change(table: pl.DataFrame, spec: TableSpec, cut: datetime) -> pl.DataFrame:
        known = known_column(spec)
        moved = pl.Series(_drawn(table, spec, cut, share, seed))
        if known is None or spec.column(Role.KNOWN) is None or not moved.any():
            return table
        return table.with_columns(pl.when(moved).then(pl.col(known) + FAR).otherwise(pl.col(known)).alias(known))

    return change


def without(share: float, seed: int) -> Change:
    """The same share is not there at all."""

    def change(table: pl.DataFrame, spec: TableSpec, cut: datetime) -> pl.DataFrame:
        if spec.column(Role.KNOWN) is None:
            return table
        return table.filter(~pl.Series(_drawn(table, spec, cut, share, seed)))

    return change


def _drawn(
    table: pl.DataFrame, spec: TableSpec, cut: datetime, share: float, seed: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    known = known_column(spec)
    some = np.random.default_rng(seed).random(table.height) < share
    return some if known is None else some & (table[known] <= cut).fill_null(False).to_numpy()


def known_column(spec: TableSpec) -> str | None:
    """The column that says since when a row is known; None when the whole table always was."""
    roles = (Role.KNOWN, Role.HAPPENED if spec.holds_events or spec.holds_uses else Role.AS_OF)
    return next((name for name in map(spec.column, roles) if name is not None), None)


def tables_of(descriptor: Descriptor, tables: Path, out: Path, change: Change, cut: datetime) -> Path:
    """Write the tables again, each changed; Parquet only. Gives `out`."""
    out.mkdir(parents=True, exist_ok=True)
    for name, spec in descriptor.tables.items():
        for file in files_of(name, spec, tables):
            change(pl.read_parquet(file), spec, cut).write_parquet(out / file.name)
    return out


def workspace_of(descriptor: Descriptor, tables: Path, root: Path, schema: FeatureSchema | None = None) -> Workspace:
    """Ingest and fold; by `schema` when one is given, so that two worlds have the same columns."""
    workspace = Workspace(root / descriptor.dataset)
    ingest(descriptor, tables, workspace, settings=read_settings(FeatureSettings, development=True))
    if schema is not None:
        workspace.schema_file.write_text(schema.to_json(), encoding="utf-8")
    build_states(workspace, descriptor, grow=schema is None)
    return workspace


def dataset_bytes(descriptor: Descriptor, workspace: Workspace, cut: datetime) -> bytes:
    """Every feature of everybody known at each decision time up to `cut`, and every label of windows closed by then."""
    schema = load_schema(workspace)
    source = Source(workspace, descriptor, schema, rows_at_most=1_000_000)
    times = decision_times(descriptor, first_known(source), cut)
    closed = [at for at in times if window_end(descriptor, at) <= cut]
    labelled = source.labelled(closed, cut)
    known = read_citizens(workspace).filter(pl.col("first_known_at") <= cut).select("citizen_id")
    features = feature_matrix(workspace, schema, known.with_columns(pl.lit(cut).cast(INSTANT).alias("as_of")))
    parts = [labelled.features, labelled.labels, labelled.as_of_us, features]
    names: Sequence[str] = [*labelled.citizens.tolist(), *known["citizen_id"].to_list()]
    return b"".join([*(np.ascontiguousarray(part).tobytes() for part in parts), "\n".join(names).encode()])


def leaks(descriptor: Descriptor, tables: Path, cut: datetime, room: Path) -> list[str]:
    """What must hold of a dataset and does not, in words; nothing when it looks at what was known then alone."""
    first = workspace_of(descriptor, tables, room / "as it is")
    schema, told = load_schema(first), dataset_bytes(descriptor, first, cut)

    def bytes_after(name: str, change: Change) -> bytes:
        changed = tables_of(descriptor, tables, room / name / "tables", change, cut)
        return dataset_bytes(descriptor, workspace_of(descriptor, changed, room / name, schema), cut)

    found = []
    if bytes_after("scrambled", scrambled(1)) != told:
        found.append(f"what became known after {cut:%Y-%m-%d} changes the dataset of before")
    late, gone = bytes_after("shifted", shifted(0.3, 2)), bytes_after("without", without(0.3, 2))
    if late != gone:
        found.append("a fact that was not known yet leaves a trace")
    if gone == told:
        found.append("nothing was shifted, so nothing was tried")
    return found

"""Who the people of the validation period are, for the audit alone: protected groups, and fifths of neediness."""

from collections.abc import Mapping
from datetime import UTC

import numpy as np
import numpy.typing as npt
import polars as pl

from features.dataset import INSTANT, point_in_time
from features.schema import BOOLEAN, CATEGORY
from training.dataset import Examples, Source

Groups = Mapping[str, npt.NDArray[np.object_]]
"""By attribute, the group of each row as `attribute=value`; rows of which it is not known are `attribute unknown`."""

FIFTH = "fifth"


def groups_of(source: Source, examples: Examples) -> Groups:
    """The groups of each example as known at its time: by each protected attribute, and by fifth of neediness."""
    at = pl.Series(examples.as_of_us).cast(pl.Datetime("us")).dt.replace_time_zone(str(UTC))
    asked = pl.DataFrame({"citizen_id": examples.citizens.tolist(), "as_of": at.cast(INSTANT)})
    states = point_in_time(source.workspace, source.schema, asked)
    found: dict[str, npt.NDArray[np.object_]] = {}
    for attribute in source.schema.attributes:
        if attribute.protected and attribute.kind in (BOOLEAN, CATEGORY):
            found[attribute.name] = _named(states[attribute.name], attribute.name, attribute.kind)
    by = source.descriptor.neediness
    if by is not None and by in states.columns:
        found[f"{FIFTH} of {by}"] = _fifths(states[by].cast(pl.Float64).to_numpy(), examples.as_of_us)
    return found


def _named(values: pl.Series, name: str, kind: str) -> npt.NDArray[np.object_]:
    words = values.cast(pl.Boolean) if kind == BOOLEAN else values
    told = (pl.lit(f"{name}=") + pl.col(name).cast(pl.String)).fill_null(f"{name} unknown")
    return words.alias(name).to_frame().select(told).to_series().to_numpy().astype(object)


def _fifths(values: npt.NDArray[np.float64], at_us: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    """Fifth 1 has the least, among those of the same decision time."""
    found = np.full(len(values), f"{FIFTH} unknown", dtype=object)
    for at in np.unique(at_us):
        rows = np.flatnonzero((at_us == at) & ~np.isnan(values))
        if len(rows):
            edges = np.quantile(values[rows], [0.2, 0.4, 0.6, 0.8])
            found[rows] = [f"{FIFTH} {place + 1}" for place in np.searchsorted(edges, values[rows], side="left")]
    return found

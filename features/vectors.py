"""States to the model's features: one plan from a schema, run on a matrix of n states, at a request with n = 1."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from features.functions import Floats, counts_in_window, days_since, season, window_starts, years_since
from features.schema import CATEGORY, DATES, EVERYONE, TIME, FeatureSchema
from recommender.facts import Knowledge, Scalar
from recommender.instants import to_us
from recommender.ports import FloatMatrix


class SchemaVectoriser:
    """Implements the Vectoriser port for one schema.

    Features, in order: values (current, previous, totals, holdings), days since (changes, events, uses, dates), counts
    per window, derived years, season. Protected and sensitive attributes are left out unless `audited`.
    """

    def __init__(self, schema: FeatureSchema, *, audited: bool = False) -> None:
        self.schema = schema
        self._hidden = {a.name for a in schema.attributes if a.hidden and not (audited and a.protected)}

    @property
    def schema_digest(self) -> str:
        return self.schema.digest

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        windows = [f"{t}_count_{w.lower()}" for w in self.schema.windows for t in self.schema.event_types]
        names = [
            *[name for name, _ in self._values],
            *[name for name, _ in self._times],
            *windows,
            *self._derived,
            *(["month_sin", "month_cos"] if self.schema.monthly else []),
        ]
        return tuple(names)

    @cached_property
    def categorical(self) -> tuple[str, ...]:
        """The features that are codes of categories."""
        kinds = {column.name: column.kind for column in self.schema.columns}
        codes = [(name, self.schema.columns[place].name) for name, place in self._values]
        return tuple(name for name, column in codes if kinds[column] == CATEGORY)

    def vector(self, knowledge: Knowledge) -> FloatMatrix:
        row = self.features(self._row(knowledge.state), np.array([to_us(knowledge.as_of)], dtype=np.int64))
        if knowledge.disputed:  # the register covers them, so their counts would be 0: did not happen
            row[
                :, [self._places[f"{t}_count_{w.lower()}"] for t in knowledge.disputed for w in self.schema.windows]
            ] = np.nan
        return row

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {name: place for place, name in enumerate(self.feature_names)}

    def matrix(self, states: pl.DataFrame, as_of_us: npt.NDArray[np.int64]) -> FloatMatrix:
        """Features of many states. states: n rows with every stored column of the schema, in any order."""
        out = np.empty((states.height, len(self.feature_names)), dtype=np.float32)
        for start in range(0, states.height, 50_000):
            part = slice(start, start + 50_000)
            out[part] = self.features(self.numbers(states[part]), as_of_us[part])
        return out

    def numbers(self, states: pl.DataFrame) -> Floats:
        """Stored values as float64 in the schema's order, shape (n, columns): categories as codes, unknown as NaN."""
        columns = [self._coded(states[column.name], column.name, column.kind) for column in self.schema.columns]
        return np.stack(columns, axis=1) if columns else np.empty((states.height, 0))

    def features(self, stored: Floats, as_of_us: npt.NDArray[np.int64]) -> FloatMatrix:
        """Features of stored values, shape (n, len(feature_names)); unknown is NaN."""
        at = as_of_us.astype(np.float64)[:, None]
        groups = [stored[:, self._value_places], days_since(stored[:, self._time_places], at)]
        types = len(self.schema.event_types)
        if types:
            dates = stored[:, self._date_places].reshape(len(stored), types, DATES)
            covered = self._covered(stored)
            for window in self.schema.windows:
                starts = window_starts(as_of_us, window, self.schema.zone)
                groups.append(counts_in_window(dates, starts, at, covered))
        for source in self._derived.values():
            groups.append(self._years(stored, source, as_of_us))
        if self.schema.monthly:
            groups.append(season(as_of_us, self.schema.zone))
        return np.concatenate(groups, axis=1, dtype=np.float32, casting="unsafe")

    def _years(self, stored: Floats, source: str, as_of_us: npt.NDArray[np.int64]) -> Floats:
        place = self.schema.position[source]
        dated = self.schema.columns[place].kind == TIME
        return years_since(stored[:, place], as_of_us, self.schema.zone, dated=dated).reshape(-1, 1)

    def _covered(self, stored: Floats) -> Floats:
        covered = np.full((len(stored), len(self.schema.event_types)), np.nan)
        for place, column in self._coverage:
            covered[:, place] = -np.inf if column < 0 else stored[:, column]
        return covered

    def _row(self, state: Sequence[Scalar | None]) -> Floats:
        values: list[Scalar | None] = list(state)
        for place, codes in self._codes:
            values[place] = codes.get(values[place])
        return np.array([values], dtype=np.float64)

    def _coded(self, values: pl.Series, name: str, kind: str) -> Floats:
        if kind == CATEGORY:
            words = self._vocabulary(name)
            codes = pl.Series(range(len(words)), dtype=pl.Float64)
            values = values.replace_strict(list(words), codes, default=None, return_dtype=pl.Float64)
        return values.cast(pl.Float64).fill_null(float("nan")).to_numpy()

    def _vocabulary(self, column: str) -> tuple[str, ...]:
        return self.schema.vocabularies.get(column.removesuffix("__previous"), ())

    @cached_property
    def _codes(self) -> tuple[tuple[int, Mapping[Scalar | None, float]], ...]:
        return tuple(
            (i, {word: float(code) for code, word in enumerate(self._vocabulary(column.name))})
            for i, column in enumerate(self.schema.columns)
            if column.kind == CATEGORY
        )

    @cached_property
    def _shown(self) -> list[tuple[int, str, str, str]]:
        """Place, name, kind, attribute ("" for none) of the stored columns that may be features."""
        found = []
        for place, column in enumerate(self.schema.columns):
            base = column.name.removesuffix("__previous").removesuffix("__changed_at")
            if base not in self._hidden and not column.name.endswith(("__since", "__observed_since")):
                found.append((place, column.name, column.kind, base))
        return found

    @cached_property
    def _values(self) -> list[tuple[str, int]]:
        return [(name.replace("__", "_"), place) for place, name, kind, _ in self._shown if kind != TIME]

    @cached_property
    def _times(self) -> list[tuple[str, int]]:
        later = tuple(f"__{i}" for i in range(2, DATES + 1))
        return [
            (_time_name(name), place)
            for place, name, kind, _ in self._shown
            if kind == TIME and not name.endswith(later[1:])
        ]

    @cached_property
    def _value_places(self) -> npt.NDArray[np.intp]:
        return np.array([place for _, place in self._values], dtype=np.intp)

    @cached_property
    def _time_places(self) -> npt.NDArray[np.intp]:
        return np.array([place for _, place in self._times], dtype=np.intp)

    @cached_property
    def _date_places(self) -> npt.NDArray[np.intp]:
        position = self.schema.position
        return np.array(
            [position[f"{t}__{i}"] for t in self.schema.event_types for i in range(1, DATES + 1)], dtype=np.intp
        )

    @cached_property
    def _coverage(self) -> tuple[tuple[int, int], ...]:
        """Per covered event type: its place, and the column of its coverage (-1: everyone)."""
        found = []
        for place, event_type in enumerate(self.schema.event_types):
            column = self.schema.coverage.get(event_type)
            if column is not None:
                found.append((place, -1 if column == EVERYONE else self.schema.position[column]))
        return tuple(found)

    @cached_property
    def _derived(self) -> dict[str, str]:
        return {name: source for name, source in self.schema.derived.items() if source not in self._hidden}


def _time_name(column: str) -> str:
    if column.endswith("__changed_at"):
        return f"days_since_{column.removesuffix('__changed_at')}_changed"
    if column.endswith("__1"):
        return f"days_since_{column.removesuffix('__1')}"
    if column.endswith("__2"):
        return f"days_since_{column.removesuffix('__2')}_before"
    return f"days_since_{column.replace('__', '_')}"

"""A rule's expressions over columns: each worked out once for all citizens, whichever rules share it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce

import numpy as np
import numpy.typing as npt

from recommender.columns import NO, UNKNOWN, YES, Columns, Floats, Ints, TextColumn, Truths
from recommender.days import calendar, span
from recommender.expressions import Law, fixed_value, same_everywhere
from recommender.facts import Scalar
from recommender.instants import from_us, local_day
from recommender.parameters import NO_PARAMETERS, DatedValue, Parameters
from recommender.rules import (
    Arithmetic,
    Attribute,
    Between,
    Expression,
    Extreme,
    Last,
    Operator,
    Parameter,
    Shifted,
    Today,
)
from recommender.windows import start_before, start_of_day


@dataclass(frozen=True, slots=True)
class Values:
    """A value of every citizen, by kind: shape (n,), or (1,) where it is the same for all.

    A kind that is None is known of nobody, and a citizen has one kind at most.
    """

    numbers: Floats | None = None
    texts: TextColumn | None = None
    booleans: Truths | None = None


class ColumnValues:
    """The values of expressions for all citizens of some columns, remembered by expression."""

    def __init__(self, columns: Columns, parameters: Parameters = NO_PARAMETERS) -> None:
        self.columns = columns
        self._parameters = parameters
        self._calendar = calendar(columns.zone)
        self._times, self._inverse = np.unique(columns.as_of_us, return_inverse=True)
        self._days = [local_day(from_us(int(time)), columns.zone) for time in self._times]
        self._remembered: dict[Expression, Values] = {}

    def of(self, expression: Expression) -> Values:
        """The expression's value of every citizen."""
        if expression not in self._remembered:
            self._remembered[expression] = self._of(expression)
        return self._remembered[expression]

    def fixed(self, expression: Expression) -> Scalar | None:
        """The value of an expression that is the same for all citizens; None for any other."""
        found = [fixed_value(expression, Law(self.columns.zone, day, self._parameters)) for day in self._days]
        first = found[0]
        return first if all(type(each) is type(first) and each == first for each in found) else None

    def each_day(self, holds: Callable[[date], bool]) -> npt.NDArray[np.bool_]:
        """Whether something holds on each citizen's day: shape (1,) or (n,), as the times are."""
        return np.array([holds(day) for day in self._days], dtype=np.bool_)[self._inverse]

    def starts(self, period: str) -> Ints:
        """Where each window (t - period, t] starts: shape (1,) or (n,), as the times are."""
        starts = [start_before(from_us(int(time)), period, self.columns.zone) for time in self._times]
        return np.array(starts, dtype=np.int64)[self._inverse]

    def range_of(self, expression: Last) -> tuple[Floats, Floats] | None:
        """The earliest and the latest day that a last date can be; NaN where none is recorded. See `compile_range`."""
        column = self.columns.events.get(expression.event_type)
        if column is None:
            return None
        happened, rows = column.happened_us, self.rows(expression.event_type)
        past = np.flatnonzero(happened <= of_rows(self.columns.as_of_us, rows))
        last = np.full(self.columns.n, np.nan)
        last[rows[past[::-1]]] = happened[past[::-1]]  # written backwards, so that the newest stays
        least = self._calendar.todays(last)
        certain = column.covered_from_us <= np.where(np.isnan(last), -np.inf, last)
        return least, np.where(certain | np.isnan(least), least, self._today)

    def rows(self, event_type: object) -> npt.NDArray[np.intp]:
        """The citizen of each event of a type."""
        return self.columns.events[event_type].rows()  # type: ignore[index]

    @cached_property
    def _today(self) -> Floats:
        starts = [start_of_day(from_us(int(time)), self.columns.zone) for time in self._times]
        return np.array(starts, dtype=np.float64)[self._inverse]

    def _of(self, expression: Expression) -> Values:
        fixed = self.fixed(expression)
        if fixed is not None:
            return self._everybody(fixed)
        match expression:
            case Attribute():
                columns, name = self.columns, expression.name
                return Values(columns.numbers.get(name), columns.texts.get(name), columns.booleans.get(name))
            case Today():
                return Values(self._today)
            case Parameter():
                return self._parameter(expression.name)
            case Last():
                found = self.range_of(expression)
                return Values() if found is None else Values(np.where(found[0] == found[1], found[0], np.nan))
            case Arithmetic() | Extreme() | Shifted() | Between():
                return Values(self._worked_out(expression))
            case _:
                return Values()

    def _everybody(self, value: Scalar) -> Values:
        if isinstance(value, bool):
            return Values(booleans=np.array([YES if value else NO], dtype=np.int8))
        if isinstance(value, str):
            return Values(texts=TextColumn(np.zeros(1, dtype=np.int8), (value,)))
        return Values(np.array([value], dtype=np.float64))

    def _worked_out(self, expression: Arithmetic | Extreme | Shifted | Between) -> Floats | None:
        match expression:
            case Arithmetic():
                sides = self._numbers(expression.left, expression.right)
                return None if sides is None else _calculated(sides[0], expression.operator, sides[1])
            case Extreme():
                parts = self._numbers(*expression.parts)
                choose = np.maximum if expression.greatest else np.minimum
                return None if parts is None else reduce(choose, parts)
            case Shifted():
                dates = self._numbers(expression.date)
                by = span(expression.period)
                return None if dates is None else self._calendar.all_shifted(dates[0], by, expression.later)
            case Between():
                ends = self._numbers(expression.start, expression.end)
                return None if ends is None else self._calendar.all_between(expression.unit, ends[0], ends[1])

    def _numbers(self, *expressions: Expression) -> list[Floats] | None:
        found = [self.of(expression).numbers for expression in expressions]
        return None if any(numbers is None for numbers in found) else [each for each in found if each is not None]

    def _parameter(self, name: str) -> Values:
        """The value by each citizen's day and region."""
        parameter = self._parameters.by_name.get(name)
        settings = [None if parameter is None else parameter.on(day) for day in self._days]
        region = TextColumn(np.full(self.columns.n, -1), ())
        if parameter is not None and parameter.by is not None:
            region = self.columns.texts.get(parameter.by, region)
        value_of: list[Scalar | None] = []
        width = len(region.vocabulary) + 1
        for setting in settings:
            value_of += _by_region(setting, region.vocabulary, parameter is not None and parameter.by is not None)
        codes = region.codes.astype(np.intp)
        place = np.broadcast_to(self._inverse, self.columns.n) * width + np.where(codes < 0, width - 1, codes)
        texts = TextColumn.of([value if isinstance(value, str) else None for value in value_of])
        numbers = [_number(value) for value in value_of]
        truths = [(YES if value else NO) if isinstance(value, bool) else UNKNOWN for value in value_of]
        return Values(
            np.array(numbers)[place],
            TextColumn(texts.codes[place], texts.vocabulary),
            np.array(truths, dtype=np.int8)[place],
        )


def of_rows(of_time: Ints, rows: npt.NDArray[np.intp]) -> Ints:
    """A value of each time, shape (1,) or (n,), for the citizens of `rows`."""
    return of_time if len(of_time) == 1 else of_time[rows]


def _by_region(setting: DatedValue | None, regions: tuple[str, ...], regional: bool) -> list[Scalar | None]:
    """The value in each region, and last that of a region that is not known."""
    if setting is None:
        return [None] * (len(regions) + 1)
    if not regional or same_everywhere(setting):
        return [setting.value] * (len(regions) + 1)
    return [*(setting.where.get(region, setting.value) for region in regions), None]


def _number(value: Scalar | None) -> float:
    return np.nan if value is None or isinstance(value, str | bool) else float(value)


def _calculated(a: Floats, operator: Operator, b: Floats) -> Floats:
    with np.errstate(all="ignore"):
        match operator:
            case Operator.PLUS:
                found = a + b
            case Operator.MINUS:
                found = a - b
            case Operator.TIMES:
                found = a * b
            case Operator.OVER:
                found = a / b
        return np.where(np.isfinite(found), found, np.nan)

"""What is known of many citizens at once, a column an attribute: what the columnar evaluator of rules reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from recommender.facts import Knowledge, Scalar
from recommender.identifiers import EventType, ServiceId
from recommender.instants import to_us

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Truths = npt.NDArray[np.int8]
"""Kleene's values as numbers, so that `and` is the least and `or` the greatest: 0 no, 1 unknown, 2 yes."""

NO, UNKNOWN, YES = 0, 1, 2
NEVER_COVERED = 2**62
"""Covered from then on: no register covers the citizen."""
NO_DATE = -(2**63)
"""Last start of a service that has none."""


@dataclass(frozen=True, slots=True)
class TextColumn:
    """Words by number. codes: (n,), any signed integer type, -1 is unknown, else a place in `vocabulary` (distinct)."""

    codes: npt.NDArray[np.signedinteger]
    vocabulary: tuple[str, ...]

    @classmethod
    def of(cls, words: Sequence[str | None]) -> "TextColumn":
        """A column of these words; None is unknown."""
        places: dict[str, int] = {}
        codes = [-1 if word is None else places.setdefault(word, len(places)) for word in words]
        return cls(np.array(codes, dtype=_smallest(len(places))), tuple(places))


@dataclass(frozen=True, slots=True)
class EventColumn:
    """The known dates of one event type: those of citizen i are happened_us[offsets[i]:offsets[i + 1]], newest first.

    offsets : (n + 1,), from 0, ascending.   covered_from_us : (n,), since when absence counts; or NEVER_COVERED.
    """

    offsets: Ints
    happened_us: Ints
    covered_from_us: Ints

    @classmethod
    def of_dates(cls, dates: Floats, covered_from_us: Ints) -> "EventColumn":
        """From the newest k dates of each citizen, newest first: shape (n, k); NaN fills up."""
        known = ~np.isnan(dates)
        offsets = np.concatenate([[0], np.cumsum(known.sum(axis=1))])
        return cls(offsets.astype(np.int64), dates[known].astype(np.int64), covered_from_us)

    def rows(self) -> npt.NDArray[np.intp]:
        """The citizen of each date."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))


@dataclass(frozen=True, slots=True)
class HoldingColumn:
    """One service's history. Where a citizen never used it: False, 0 and NO_DATE. Shapes (n,)."""

    holds_now: npt.NDArray[np.bool_]
    times_used: Ints
    last_us: Ints


@dataclass(frozen=True)
class Columns:
    """n citizens, each at one time.

    as_of_us : shape (1,) where the time is the same for all, else (n,).   zone : the data's.
    numbers  : float64, NaN is unknown; dates are microseconds.   booleans : Truths.
    An attribute that is in no column is unknown for everybody. One may stand in several, where registers mix kinds; a
    citizen's value is known in one of them at most.
    """

    n: int
    as_of_us: Ints
    zone: str = "UTC"
    numbers: Mapping[str, Floats] = field(default_factory=dict)
    texts: Mapping[str, TextColumn] = field(default_factory=dict)
    booleans: Mapping[str, Truths] = field(default_factory=dict)
    events: Mapping[EventType, EventColumn] = field(default_factory=dict)
    holdings: Mapping[ServiceId, HoldingColumn] = field(default_factory=dict)


def columns_of(citizens: Sequence[Knowledge], zone: str = "UTC") -> Columns:
    """The columns of citizens who are known one by one: for samples and tests; a population is read as columns."""
    names = sorted({name for citizen in citizens for name in citizen.attributes})
    values = {name: [citizen.attributes.get(name) for citizen in citizens] for name in names}
    events = sorted({event for citizen in citizens for event in (*citizen.happened, *citizen.covered_from_us)})
    services = sorted({service for citizen in citizens for service in citizen.holdings})
    return Columns(
        len(citizens),
        np.array([to_us(citizen.as_of) for citizen in citizens], dtype=np.int64),
        zone,
        {name: np.array([_number(value) for value in column]) for name, column in values.items()},
        {
            name: TextColumn.of([value if isinstance(value, str) else None for value in column])
            for name, column in values.items()
        },
        {name: np.array([_truth(value) for value in column], dtype=np.int8) for name, column in values.items()},
        {event: _events(citizens, event) for event in events},
        {service: _holdings(citizens, service) for service in services},
    )


def _number(value: Scalar | None) -> float:
    return float(value) if isinstance(value, float | int) and not isinstance(value, bool) else np.nan


def _truth(value: Scalar | None) -> int:
    return (YES if value else NO) if isinstance(value, bool) else UNKNOWN


def _events(citizens: Sequence[Knowledge], event: EventType) -> EventColumn:
    dates = [citizen.happened.get(event, ()) for citizen in citizens]
    covered = [citizen.covered_from_us.get(event) for citizen in citizens]
    return EventColumn(
        np.cumsum([0, *map(len, dates)], dtype=np.int64),
        np.array([at for of_one in dates for at in of_one], dtype=np.int64),
        np.array([NEVER_COVERED if since is None else since for since in covered], dtype=np.int64),
    )


def _holdings(citizens: Sequence[Knowledge], service: ServiceId) -> HoldingColumn:
    found = [citizen.holdings.get(service) for citizen in citizens]
    return HoldingColumn(
        np.array([holding is not None and holding.holds_now for holding in found], dtype=np.bool_),
        np.array([0 if holding is None else holding.times_used for holding in found], dtype=np.int64),
        np.array(
            [NO_DATE if holding is None or holding.last_us is None else holding.last_us for holding in found],
            dtype=np.int64,
        ),
    )


def _smallest(words: int) -> type[np.signedinteger]:
    return np.int8 if words < 2**7 else np.int16 if words < 2**15 else np.int32

"""What the registers write down: events with delays, changes of attributes, uses; and whom they do not hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from experiments.city import population as people
from experiments.city.parameters import (
    AT,
    BOOKS_CLOSE,
    DELAY_DAYS,
    EVENTS,
    FAR,
    NEVER,
    REGISTER_ROW,
    USE_DELAY_DAYS,
    Mask,
    Rows,
    Values,
    first_day,
)
from experiments.city.population import State
from experiments.city.services import SERVICES
from experiments.city.uptake import Claims

Longs = npt.NDArray[np.int64]
EPOCH = 719_163
"""Ordinal of 1970-01-01."""
DAY_US, SECOND_US = 86_400_000_000, 1_000_000
DELAYS = np.array([DELAY_DAYS[name] for name in EVENTS])
STARTED, GRANTED, REFUSED, ENDED = range(4)
USE_CHANGES = ("started", "granted", "refused", "ended")
DECEASED = 3

TABLES: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "residents": (
        0,
        ("district", "residence_status", "marital", "children", "phone", "tenure", "language", "may_inform"),
    ),
    "insured": (1, ("work", "short_time", "income", "insurance")),
    "persons": (2, ("schooling", "enrolled", "health", "disability", "care_level", "carer", "actual_district")),
}  # fmt: skip
"""Attribute table: its register and the attributes of `State` that it records."""
DERIVED: Mapping[str, Callable[[State], Values]] = {
    "residence_status": lambda state: np.where(state.alive, state.residence, DECEASED).astype(np.int8),
}


@dataclass
class Columns:
    """Rows gathered in chunks; `get` joins them."""

    chunks: dict[str, list[Values]] = field(default_factory=dict)

    def add(self, **columns: Values) -> None:
        for name, values in columns.items():
            self.chunks.setdefault(name, []).append(values)

    def get(self) -> dict[str, Values]:
        return {name: np.concatenate(parts) for name, parts in self.chunks.items()}


class Registers:
    """Writes down month by month. `events`, `uses` and `tables` hold the rows, citizens as row numbers of the state."""

    def __init__(self, rng: np.random.Generator, later: np.random.Generator, size: int) -> None:
        self._rng, self._later = rng, later
        self._shown: dict[str, dict[str, Values]] = {}
        self._size = size
        self.events = Columns()
        self.uses = Columns()
        self.tables = {name: Columns() for name in TABLES}

    def open(self, state: State) -> None:
        """Carry over from before month 0: the events that are remembered, what is held, one row per citizen."""
        for name in EVENTS:
            months = state.births if name == "child_born" else state.last[AT[name]][None]
            slot, who = np.nonzero(months > -FAR)
            self._note_events(state, np.full(who.size, AT[name]), who, months[slot, who].astype(np.int64))
        for number, service in enumerate(SERVICES):
            who = np.flatnonzero(state.last_use[number] != NEVER)
            granted = np.ones(who.size, dtype=np.bool_)
            self._note_claims(number, service.usage, who, granted, state.last_use[number, who].astype(np.int64))
        self.note_attributes(state, -1)

    def note_events(self, state: State, month: int, fired: Mask) -> None:
        """This month's events, each with the day it is recorded and the earlier day it happened."""
        kinds, who = np.nonzero(fired)
        self._note_events(state, kinds, who, np.full(who.size, month, dtype=np.int64))

    def note_claims(self, month: int, drawn: Claims) -> None:
        """Started, then granted or refused within the hour; a single benefit, once paid, has ended."""
        who = drawn.rows[drawn.claimed]
        months = np.full(who.size, month, dtype=np.int64)
        self._note_claims(drawn.service, SERVICES[drawn.service].usage, who, drawn.granted[drawn.claimed], months)

    def note_endings(self, month: int, service: int, who: Rows) -> None:
        known = self._instants(np.full(who.size, month, dtype=np.int64), self._desk(service))
        self._note_use(service, ENDED, who, known // DAY_US * DAY_US, known)

    def note_attributes(self, state: State, month: int) -> None:
        """A row for every covered citizen of whom anything in the table differs from the last row."""
        active = state.arrival <= month
        for name, (register, columns) in TABLES.items():
            now = {column: _read(state, column) for column in columns}
            before = self._shown.get(name, now)
            changed = state.arrival == month if name in self._shown else np.ones(self._size, dtype=np.bool_)
            for column in columns:
                changed = changed | (now[column] != before[column])
            who = np.flatnonzero(changed & active & ~state.missing[register])
            known = self._instants(np.full(who.size, month, dtype=np.int64))
            first = first_day(month).toordinal() - EPOCH
            as_of = self._rng.integers(first, known // DAY_US + 1) * DAY_US
            self.tables[name].add(
                citizen=who, as_of=as_of, known=known, **{column: now[column][who] for column in columns}
            )
            self._shown[name] = {column: values.copy() for column, values in now.items()}

    def _desk(self, service: int) -> np.random.Generator:
        return self._later if SERVICES[service].later else self._rng

    def _instants(self, months: Longs, desk: np.random.Generator | None = None) -> Longs:
        """A moment in office hours on a day 1..27 of each month index, microseconds since 1970."""
        rng = desk or self._rng
        day = month_days(months) + rng.integers(0, BOOKS_CLOSE, months.size)
        return day * DAY_US + rng.integers(8 * 3600, 17 * 3600, months.size) * SECOND_US

    def _note_events(self, state: State, kinds: Rows, who: Rows, months: Longs) -> None:
        held = ~state.missing[REGISTER_ROW[kinds], who]
        kinds, who, months = kinds[held], who[held], months[held]
        known = self._instants(months)
        delay = self._rng.integers(DELAYS[kinds, 0], DELAYS[kinds, 1] + 1)
        self.events.add(
            citizen=who, kind=kinds.astype(np.int8), happened=(known // DAY_US - delay) * DAY_US, known=known
        )

    def _note_claims(self, service: int, usage: str, who: Rows, granted: Mask, months: Longs) -> None:
        desk = self._desk(service)
        known = self._instants(months, desk)
        delay = desk.integers(USE_DELAY_DAYS[0], USE_DELAY_DAYS[1] + 1, who.size)
        happened = (known // DAY_US - delay) * DAY_US
        hour = 3600 * SECOND_US
        self._note_use(service, STARTED, who, happened, known)
        self._note_use(service, GRANTED, who[granted], known[granted], known[granted] + hour)
        self._note_use(service, REFUSED, who[~granted], known[~granted], known[~granted] + hour)
        if usage == "repeatable":
            self._note_use(service, ENDED, who[granted], known[granted] + hour, known[granted] + 2 * hour)

    def _note_use(self, service: int, use: int, who: Rows, happened: Longs, known: Longs) -> None:
        size = who.size
        self.uses.add(
            citizen=who,
            service=np.full(size, service, dtype=np.int8),
            use=np.full(size, use, dtype=np.int8),
            happened=happened,
            known=known,
        )


def month_days(months: Longs) -> Longs:
    """Days since 1970 of the first day of each month index."""
    counted = (np.datetime64("2021-01", "M") + months.astype("timedelta64[M]")).astype("datetime64[D]")
    days: Longs = counted.astype(np.int64)
    return days


def _read(state: State, column: str) -> Values:
    values: Values = DERIVED[column](state) if column in DERIVED else getattr(state, column).copy()
    return values


NAMES: Mapping[str, tuple[str, ...]] = {
    "marital": people.MARITAL,
    "phone": people.PHONE,
    "tenure": people.TENURE,
    "language": people.LANGUAGE,
    "residence_status": (*people.RESIDENCE, "deceased"),
    "work": people.WORK,
    "schooling": people.SCHOOLING,
    "health": people.HEALTH,
    "disability": people.DISABILITY,
    "district": tuple(f"d{number:02d}" for number in range(1, people.DISTRICTS + 1)),
    "actual_district": tuple(f"d{number:02d}" for number in range(1, people.DISTRICTS + 1)),
}
"""Words for the codes of each coded column."""

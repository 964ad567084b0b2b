"""Which services recorded facts call for now, and what bars them, over columns: the twin of `candidates` and `bars`.

Here nobody is told and no cause is kept: it answers how many would be, for everybody at one time. A property test holds
it together with what `Callbook` and `Bars` say of each citizen alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt

from recommender.catalogue import Answer, PublicService, Usage
from recommender.columns import Columns, Floats, Ints
from recommender.identifiers import ServiceId
from recommender.instants import DAY_US, after, from_us, local_day, to_us
from recommender.windows import BEGINNING, start_before

Bools = npt.NDArray[np.bool_]

_SLACK_US = 5 * DAY_US
"""Calendar arithmetic forth and back misses by less: the ends of months and the changes of clocks."""


@dataclass(frozen=True)
class ColumnarCalls:
    """Everybody of some columns at one time `at`, and the services of a catalogue."""

    columns: Columns
    services: Sequence[PublicService]
    at: datetime

    def called(self, service: PublicService) -> Bools:
        """Whether a recorded fact calls for the service now, shape (n,): see `Callbook.called`."""
        found = self._nobody()
        for answer in service.answers:
            found |= (
                self._by_date(answer, service.deadline) if answer.event is None else self._by_event(answer, service)
            )
        return found

    def happened_since(self, service: PublicService, start_us: int) -> Ints:
        """How many of the known life events that the service answers lie in (start, at], shape (n,)."""
        found = np.zeros(self.columns.n, dtype=np.int64)
        for event in sorted({answer.event for answer in service.answers if answer.event is not None}):
            column = self.columns.events.get(event)
            if column is not None:
                lately = (column.happened_us > start_us) & (column.happened_us <= self._now_us)
                found += np.bincount(column.rows()[lately], minlength=self.columns.n)
        return found

    def barred(self, service: PublicService) -> Bools:
        """Whether it is held, excluded by what is held, or closed, shape (n,): see `Bars.barred`."""
        if not service.is_open(local_day(self.at, self.columns.zone)):
            return ~self._nobody()
        found = self._nobody()
        holding = self.columns.holdings.get(service.service_id)
        if holding is not None:
            found |= holding.holds_now
            if service.usage is Usage.ONCE:
                found |= holding.times_used > 0
        for other in self._excluding.get(service.service_id, ()):
            found |= self.columns.holdings[other].holds_now
        return found

    @cached_property
    def _excluding(self) -> Mapping[ServiceId, tuple[ServiceId, ...]]:
        """Per service the held ones that exclude it; it works both ways."""
        found: dict[ServiceId, set[ServiceId]] = {service.service_id: set() for service in self.services}
        for service in self.services:
            for other in service.excludes:
                found[service.service_id].add(other)
                if other in found:
                    found[other].add(service.service_id)
        held = self.columns.holdings
        return {service_id: tuple(sorted(others & held.keys())) for service_id, others in found.items()}

    @cached_property
    def _now_us(self) -> int:
        return to_us(self.at)

    def _nobody(self) -> Bools:
        return np.zeros(self.columns.n, dtype=np.bool_)

    def _by_event(self, answer: Answer, service: PublicService) -> Bools:
        column = None if answer.event is None else self.columns.events.get(answer.event)
        found = self._nobody()
        if column is not None:
            happened = column.happened_us
            start = start_before(self.at, answer.within, self.columns.zone)
            within = np.flatnonzero((happened > start) & (happened <= self._now_us))
            in_time = self._exactly(happened[within], lambda us: self._in_time(from_us(us), service.deadline))
            found[column.rows()[within[in_time]]] = True
        return found

    def _by_date(self, answer: Answer, deadline: str | None) -> Bools:
        dates = self.columns.numbers.get(str(answer.date))
        found = self._nobody()
        if dates is None:
            return found
        zone, start = self.columns.zone, start_before(self.at, answer.within, self.columns.zone)
        earliest, latest = self._around(start, answer.after), self._around(self._now_us, answer.after)
        near = np.flatnonzero((dates >= earliest - _SLACK_US) & (dates <= latest + _SLACK_US))

        def calls(us: int) -> bool:
            try:
                reached = after(from_us(us), answer.after, zone) if answer.after else from_us(us)
            except (OverflowError, ValueError):
                return False
            return start < to_us(reached) <= self._now_us and self._in_time(reached, deadline)

        found[near[self._exactly(dates[near], calls)]] = True
        return found

    def _around(self, us: int, period: str | None) -> float:
        """About one period before an instant."""
        if us == BEGINNING or period is None:
            return us
        return start_before(from_us(us), period, self.columns.zone)

    def _in_time(self, happened: datetime, deadline: str | None) -> bool:
        return deadline is None or after(happened, deadline, self.columns.zone) >= self.at

    @staticmethod
    def _exactly(values: Floats | Ints, holds: Callable[[int], bool]) -> Bools:
        """Whether something holds of each instant; asked once for each distinct one, and they are days mostly."""
        distinct, places = np.unique(values, return_inverse=True)
        return np.array([holds(int(value)) for value in distinct], dtype=np.bool_)[places]

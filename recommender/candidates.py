"""Which public services a recorded fact calls for now: the causes behind the candidates of one decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from recommender.catalogue import Answer, PublicService
from recommender.decision import Cause
from recommender.facts import Knowledge
from recommender.identifiers import EventType, FactId
from recommender.instants import after, from_us, to_us
from recommender.windows import NOW, Since


class Opening(NamedTuple):
    """One fact that calls for one service now, and the last instant to apply, in microseconds, where there is one."""

    cause: Cause
    deadline_us: int | None


class Called(NamedTuple):
    """One service's openings, newest first; `closed` when the only facts that answer it are out of their window."""

    openings: tuple[Opening, ...]
    closed: bool


UNCALLED = Called((), False)

Lines = tuple[tuple[int, Answer, str | None], ...]
"""Place of a service in the catalogue, one of its answers, its deadline."""


@dataclass(frozen=True)
class Callbook:
    """A catalogue's answers by what they answer, so that a decision looks only at what was recorded."""

    events: Mapping[EventType, Lines]
    dates: Lines
    periods: tuple[str, ...]
    zone: str

    @classmethod
    def compile(cls, services: Sequence[PublicService], zone: str) -> "Callbook":
        """Index the answers of the services, in their order."""
        events: dict[EventType, list[tuple[int, Answer, str | None]]] = {}
        dates: list[tuple[int, Answer, str | None]] = []
        for i, service in enumerate(services):
            for answer in service.answers:
                line = dates if answer.event is None else events.setdefault(answer.event, [])
                line.append((i, answer, service.deadline))
        periods = sorted({answer.within for service in services for answer in service.answers})
        return cls({event: tuple(lines) for event, lines in events.items()}, tuple(dates), tuple(periods), zone)

    def called(self, knowledge: Knowledge, starts: Since) -> Mapping[int, Called]:
        """The services that recorded facts answer, by place in the catalogue.

        A window is (t - within, t], and ends at the service's deadline where that is earlier: what can no longer be
        applied for is not called for. Facts dated after t call for nothing yet.
        """
        found: dict[int, list[Opening]] = {}
        closed: set[int] = set()
        for event in knowledge.recent:
            lines = self.events.get(event.event_type)
            if lines:
                cause = Cause(event.root, event.happened_us, event_type=event.event_type)
                self._weigh(lines, cause, starts, found, closed)
        for line in self.dates:
            reached = self._reached(knowledge, line[1])
            if reached is not None:
                self._weigh((line,), reached, starts, found, closed)
        called = {i: Called(_newest_first(openings), False) for i, openings in found.items()}
        called.update({i: Called((), True) for i in closed if i not in found})
        return called

    def _weigh(
        self, lines: Lines, cause: Cause, starts: Since, found: dict[int, list[Opening]], closed: set[int]
    ) -> None:
        happened_us, now_us = cause.happened_us, starts[NOW]
        if happened_us > now_us:
            return
        for i, answer, deadline in lines:
            if happened_us <= starts[answer.within]:
                closed.add(i)
                continue
            due = to_us(after(from_us(happened_us), deadline, self.zone)) if deadline else None
            if due is None or due >= now_us:
                found.setdefault(i, []).append(Opening(cause, due))
            else:
                closed.add(i)

    def _reached(self, knowledge: Knowledge, answer: Answer) -> Cause | None:
        value = knowledge.attributes.get(str(answer.date))
        if isinstance(value, bool) or not isinstance(value, float | int):
            return None
        try:
            at = from_us(int(value))
            reached = after(at, answer.after, self.zone) if answer.after else at
        except (OverflowError, ValueError):
            return None
        root = FactId(f"{answer.date}+{answer.after or 'P0D'}={reached:%Y-%m-%dT%H}")
        return Cause(root, to_us(reached), date=answer.date)


def pausing(pauses: Mapping[EventType, str], knowledge: Knowledge, starts: Since) -> frozenset[FactId]:
    """Roots of the recorded events that pause other pushes now; `starts` must hold the pauses' periods."""
    return frozenset(
        event.root
        for event in knowledge.recent
        if event.event_type in pauses and starts[pauses[event.event_type]] < event.happened_us <= starts[NOW]
    )


def _newest_first(openings: list[Opening]) -> tuple[Opening, ...]:
    if len(openings) == 1:
        return tuple(openings)
    ordered = sorted(openings, key=lambda opening: (-opening.cause.happened_us, opening.cause.root))
    return tuple({opening.cause.root: opening for opening in ordered}.values())

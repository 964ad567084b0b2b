"""The rehearsal of a change of law: what two catalogues make of the same people. Nothing is decided, nothing is sent.

Everybody is read once, as columns, and assessed for the services whose rules differ; a rule that several services or
both catalogues share is worked out a single time. Memory stays bounded by the part of the people in hand.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from features.population import population
from features.population_columns import population_in_parts
from features.schema import FeatureSchema
from features.workspace import Workspace
from recommender.catalogue import Catalogue, PublicService
from recommender.columnar import ColumnarRules
from recommender.columnar_calls import ColumnarCalls
from recommender.columns import NO, UNKNOWN, YES, Columns, Ints, Truths
from recommender.decision import Status
from recommender.identifiers import ServiceId
from recommender.instants import local_day, to_us

DAYS = 90
"""Days of the past from which the notifications a day are counted."""

ABSENT = None
"""Status of a service that a catalogue does not have."""

Change = tuple[Status | None, Status | None]
"""Status before and after."""

Told = Callable[[int, int], None]

_ABSENT = 3
_STATUS = {NO: Status.NOT_ELIGIBLE, UNKNOWN: Status.UNKNOWN, YES: Status.ELIGIBLE, _ABSENT: ABSENT}
_CODES = len(_STATUS)


@dataclass
class Effect:
    """What the change does to one service.

    changes : people by status before and after.   groups : of those whose status changes, by attribute and its value.
    at_once : people newly eligible who have a recorded fact that calls for it now, and nothing that bars it.
    events  : recorded facts of the last `DAYS` days that would have called it for people newly eligible.
    """

    changes: Counter[Change] = field(default_factory=Counter)
    groups: dict[tuple[str, str], Counter[Change]] = field(default_factory=dict)
    at_once: int = 0
    events: int = 0

    def count(self, *, gains: bool = False, loses: bool = False, unknown: bool = False) -> int:
        """People who become eligible, cease to be, or become unknown."""
        return sum(
            number
            for (before, after), number in self.changes.items()
            if (gains and after is Status.ELIGIBLE and before is not Status.ELIGIBLE)
            or (loses and before is Status.ELIGIBLE and after is not Status.ELIGIBLE)
            or (unknown and after is Status.UNKNOWN and before is not Status.UNKNOWN)
        )


@dataclass
class Rehearsal:
    """The effects by service, the people looked at, and the notifications: one a citizen at once, then some a day."""

    as_of: datetime
    people: int = 0
    notified_at_once: int = 0
    effects: dict[ServiceId, Effect] = field(default_factory=dict)

    @property
    def a_day(self) -> float:
        """Notifications a day after the first, before the budget of anybody's attention."""
        return sum(effect.events for effect in self.effects.values()) / DAYS


@dataclass(frozen=True)
class Question:
    """What to rehearse: two catalogues, whose people, as of when, and the attributes to tell apart groups by."""

    old: Catalogue
    new: Catalogue
    workspace: Workspace
    schema: FeatureSchema
    as_of: datetime
    by: tuple[str, ...] = ()


def rehearse(question: Question, told: Told) -> Rehearsal:
    """Assess everybody known at the time by both catalogues."""
    compared = _changed(question)
    found = Rehearsal(question.as_of, effects={service_id: Effect() for service_id in compared})
    total = len(population(question.workspace, question.as_of))
    told(0, total)
    for columns in population_in_parts(question.workspace, question.schema, question.as_of):
        _Part(question, columns).count(compared, found)
        told(found.people, total)
    return found


def _changed(question: Question) -> tuple[ServiceId, ...]:
    """Services whose rules of the day differ, or that only one of the catalogues has."""
    day = local_day(question.as_of, question.schema.zone)
    old, new = question.old.by_id, question.new.by_id
    same_law = question.old.parameters == question.new.parameters

    def rules(service: PublicService | None) -> object:
        return None if service is None else [criterion.rule for criterion in service.criteria_at(day)]

    differ = (name for name in {*old, *new} if not same_law or rules(old.get(name)) != rules(new.get(name)))
    return tuple(sorted(differ))


class _Part:
    """Some of the people."""

    def __init__(self, question: Question, columns: Columns) -> None:
        self._question = question
        self._columns = columns
        old, new = question.old.parameters, question.new.parameters
        self._new = ColumnarRules(columns, new)
        self._old = self._new if old == new else ColumnarRules(columns, old)
        self._calls = ColumnarCalls(columns, question.new.services, question.as_of)
        self._groups = {name: _grouped(columns, name) for name in question.by}

    def count(self, services: tuple[ServiceId, ...], found: Rehearsal) -> None:
        """Add what becomes of these people."""
        notified = np.zeros(self._columns.n, dtype=np.bool_)
        for service_id in services:
            before = self._statuses(self._old, self._question.old, service_id)
            after = self._statuses(self._new, self._question.new, service_id)
            effect = found.effects[service_id]
            moves = before.astype(np.intp) * _CODES + after
            effect.changes.update(_changes(np.bincount(moves, minlength=_CODES**2)))
            self._count_groups(effect, moves, np.flatnonzero(before != after))
            gained = (after == YES) & (before != YES)
            if gained.any():
                notified |= self._count_told(effect, self._question.new.by_id[service_id], gained)
        found.people += self._columns.n
        found.notified_at_once += int(notified.sum())

    def _statuses(self, rules: ColumnarRules, catalogue: Catalogue, service_id: ServiceId) -> Truths:
        service = catalogue.by_id.get(service_id)
        return np.full(self._columns.n, _ABSENT, dtype=np.int8) if service is None else rules.service(service)[1]

    def _count_groups(self, effect: Effect, moves: npt.NDArray[np.intp], moved: npt.NDArray[np.intp]) -> None:
        for name, (codes, words) in self._groups.items():
            keys = codes[moved] * _CODES**2 + moves[moved]
            counted = np.bincount(keys, minlength=len(words) * _CODES**2).reshape(len(words), -1)
            for word, counts in zip(words, counted, strict=True):
                if counts.any():
                    effect.groups.setdefault((name, word), Counter()).update(_changes(counts))

    def _count_told(
        self, effect: Effect, service: PublicService, gained: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_]:
        """Count what would be told: those newly eligible whom a recorded fact calls, and whom nothing bars."""
        free = gained & ~self._calls.barred(service)
        lately = to_us(self._question.as_of - timedelta(days=DAYS))
        effect.events += int(self._calls.happened_since(service, lately)[free].sum())
        called = free & self._calls.called(service)
        effect.at_once += int(called.sum())
        return called


def _changes(counts: Ints) -> dict[Change, int]:
    """Numbers by place (before, after), as statuses."""
    return {
        (_STATUS[place // _CODES], _STATUS[place % _CODES]): int(number)
        for place, number in enumerate(counts.tolist())
        if number
    }


def _grouped(columns: Columns, name: str) -> tuple[npt.NDArray[np.intp], list[str]]:
    """Each citizen's group by an attribute, and what the groups are called; what is unknown is a group too."""
    texts, numbers, truths = columns.texts.get(name), columns.numbers.get(name), columns.booleans.get(name)
    if texts is not None:
        return np.where(texts.codes < 0, len(texts.vocabulary), texts.codes), [*texts.vocabulary, str(None)]
    if truths is not None:
        return truths.astype(np.intp), [str(False), str(None), str(True)]
    if numbers is None:
        return np.zeros(columns.n, dtype=np.intp), [str(None)]
    distinct, places = np.unique(numbers, return_inverse=True)
    return places, [str(None) if value != value else str(value) for value in distinct.tolist()]

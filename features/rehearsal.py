"""The rehearsal of a change of law: what two catalogues make of the same people. Nothing is decided, nothing is sent.

Every citizen is assessed once, for the services whose rules differ; rules that both catalogues share are evaluated a
single time. The work is shared out to processes, each with its part of the citizens, so that memory stays
bounded by the part.
"""

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from features.population import knowledge_of_many, population
from features.schema import FeatureSchema
from features.workspace import Workspace
from recommender.bars import Bars
from recommender.candidates import Callbook
from recommender.catalogue import Catalogue
from recommender.compiling import Test, compile_rule, periods_of
from recommender.decision import Status
from recommender.eligibility import STATUS
from recommender.expressions import Law
from recommender.facts import Knowledge
from recommender.identifiers import CitizenId, ServiceId
from recommender.instants import local_day, to_us
from recommender.rules import Rule
from recommender.windows import Since, since

DAYS = 90
"""Days of the past from which the notifications a day are counted."""

ABSENT = None
"""Status of a service that a catalogue does not have."""

Change = tuple[Status | None, Status | None]
"""Status before and after."""

Told = Callable[[int, int], None]


@dataclass
class Effect:
    """What the change does to one service.

    changes : people by status before and after.   groups : the same by attribute and its value.
    at_once : people newly eligible who have a recorded fact that calls for it now, and nothing that bars it.
    events  : recorded facts of the last `DAYS` days that would have called it for people newly eligible.
    """

    changes: Counter[Change] = field(default_factory=Counter)
    groups: dict[tuple[str, str], Counter[Change]] = field(default_factory=dict)
    at_once: int = 0
    events: int = 0

    def add(self, other: "Effect") -> None:
        """Take in what another part of the people gave."""
        self.changes.update(other.changes)
        for key, counts in other.groups.items():
            self.groups.setdefault(key, Counter()).update(counts)
        self.at_once += other.at_once
        self.events += other.events

    def count(self, *, gains: bool = False, loses: bool = False, unknown: bool = False) -> int:
        """People who become eligible, cease to be, or become unknown."""
        return sum(
            number
            for (before, after), number in self.changes.items()
            if (gains and _gains((before, after)))
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


def rehearse(question: Question, told: Told, processes: int | None = None) -> Rehearsal:
    """Assess everybody known at the time by both catalogues. Deterministic, whatever the number of processes."""
    citizens = population(question.workspace, question.as_of)
    number = processes or min(os.cpu_count() or 1, max(len(citizens) // 5_000, 1))
    parts = [citizens[i::number] for i in range(number)]
    found = Rehearsal(question.as_of)
    context = multiprocessing.get_context("spawn")  # polars' threads do not survive a fork
    if number == 1:
        results = [_of_part((question, citizens))]
    else:
        with context.Pool(number) as pool:
            results = []
            for result in pool.imap_unordered(_of_part, [(question, part) for part in parts]):
                results.append(result)
                told(sum(each.people for each in results), len(citizens))
    for result in results:
        _join(found, result)
    told(len(citizens), len(citizens))
    return found


def _join(whole: Rehearsal, part: Rehearsal) -> None:
    whole.people += part.people
    whole.notified_at_once += part.notified_at_once
    for service_id, effect in part.effects.items():
        whole.effects.setdefault(service_id, Effect()).add(effect)


def _of_part(asked: tuple[Question, list[CitizenId]]) -> Rehearsal:
    question, citizens = asked
    compared = _Compared.of(question)
    found = Rehearsal(question.as_of, effects={service_id: Effect() for service_id in compared.services})
    known = knowledge_of_many(question.workspace, question.schema, question.as_of, citizens)
    starts: Since | None = None
    for knowledge in known:
        starts = starts or since(knowledge, compared.periods, question.schema.zone)
        compared.take(knowledge, starts, found)
    return found


@dataclass(frozen=True)
class _Compared:
    """The rules of the services whose rules differ, each distinct one once.

    uses : per service the places of its rules in the old and in the new catalogue; None where it has no such service.
    """

    question: Question
    tests: tuple[Test, ...]
    services: tuple[ServiceId, ...]
    uses: tuple[tuple[tuple[int, ...] | None, tuple[int, ...] | None], ...]
    periods: tuple[str, ...]
    calls: Callbook
    bars: Bars
    places: Mapping[ServiceId, int]

    @classmethod
    def of(cls, question: Question) -> "_Compared":
        zone = question.schema.zone
        day = local_day(question.as_of, zone)
        tests: dict[tuple[Rule, int], int] = {}
        functions: list[Test] = []
        periods: set[str] = set()
        uses: list[dict[ServiceId, tuple[int, ...]]] = []
        same_law = question.old.parameters == question.new.parameters
        for side, catalogue in enumerate((question.old, question.new)):
            law = Law(zone, day, catalogue.parameters)
            of_side = {}
            for service in catalogue.services:
                places = []
                for criterion in service.criteria_at(day):
                    key = (criterion.rule, 0 if same_law else side)
                    if key not in tests:
                        tests[key] = len(functions)
                        functions.append(compile_rule(criterion.rule, law))
                        periods |= set(periods_of(criterion.rule))
                    places.append(tests[key])
                of_side[service.service_id] = tuple(places)
            uses.append(of_side)
        every = sorted({*uses[0], *uses[1]})
        services = tuple(service_id for service_id in every if uses[0].get(service_id) != uses[1].get(service_id))
        pairs = tuple((uses[0].get(service_id), uses[1].get(service_id)) for service_id in services)
        needed = sorted({place for pair in pairs for side in pair if side is not None for place in side})
        moved = {place: i for i, place in enumerate(needed)}
        pairs = tuple(
            (None if a is None else tuple(moved[i] for i in a), None if b is None else tuple(moved[i] for i in b))
            for a, b in pairs
        )
        functions = [functions[place] for place in needed]
        calls = Callbook.compile(question.new.services, zone)
        return cls(
            question,
            tuple(functions),
            services,
            pairs,
            tuple(sorted(periods | set(calls.periods))),
            calls,
            Bars.compile(question.new.services, zone),
            question.new.position,
        )

    def take(self, knowledge: Knowledge, starts: Since, found: Rehearsal) -> None:
        """Assess one citizen and add what becomes of them."""
        answers = [test(knowledge, starts) for test in self.tests]
        groups = [(name, str(knowledge.attributes.get(name))) for name in self.question.by]
        gained: list[ServiceId] = []
        for service_id, (before, after) in zip(self.services, self.uses, strict=True):
            change = (_status(before, answers), _status(after, answers))
            effect = found.effects[service_id]
            effect.changes[change] += 1
            if change[0] is not change[1]:
                for key in groups:
                    effect.groups.setdefault(key, Counter())[change] += 1
                if _gains(change):
                    gained.append(service_id)
        found.people += 1
        if gained:
            self._notified(gained, knowledge, starts, found)

    def _notified(self, gained: list[ServiceId], knowledge: Knowledge, starts: Since, found: Rehearsal) -> None:
        """Count what would be told: those newly eligible whom a recorded fact calls, and whom nothing bars."""
        barred = self.bars.barred(knowledge)
        dates = self.calls.called(knowledge, starts)
        told = False
        for service_id in gained:
            place = self.places[service_id]
            if place in barred:
                continue
            service = self.question.new.services[place]
            lately = to_us(self.question.as_of - timedelta(days=DAYS))
            called = bool(dates.get(place) and dates[place].openings)
            for answer in service.answers:
                if answer.event is None:
                    continue
                happened = [at for at in knowledge.happened.get(answer.event, ()) if at <= starts[""]]
                called = called or any(at > starts[answer.within] for at in happened)
                found.effects[service_id].events += sum(at > lately for at in happened)
            found.effects[service_id].at_once += called
            told = told or called
        found.notified_at_once += told


def _status(uses: Sequence[int] | None, answers: Sequence[bool | None]) -> Status | None:
    if uses is None:
        return ABSENT
    truths = [answers[i] for i in uses]
    return STATUS[False if False in truths else None if None in truths else True]


def _gains(change: Change) -> bool:
    return change[1] is Status.ELIGIBLE and change[0] is not Status.ELIGIBLE

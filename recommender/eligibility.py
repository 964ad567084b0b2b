"""Who may have what: a catalogue's rules compiled once, picked by the law of the decision's day."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from recommender.catalogue import PublicService, Usage
from recommender.compiling import Test, Truth, compile_rule
from recommender.decision import Status
from recommender.expressions import Law
from recommender.facts import Holding, Knowledge
from recommender.instants import local_day
from recommender.missing import Missing, compile_missing
from recommender.parameters import NO_PARAMETERS, Parameters
from recommender.rules import Rule
from recommender.subjects import periods_of
from recommender.windows import Since, since

STATUS: Mapping[Truth, Status] = {True: Status.ELIGIBLE, False: Status.NOT_ELIGIBLE, None: Status.UNKNOWN}


class Assessment(NamedTuple):
    """One service for one citizen: its status, that of each criterion in force, and what is missing while unknown."""

    status: Status
    results: tuple[Status, ...]
    missing: tuple[str, ...]


def evaluate(rule: Rule, knowledge: Knowledge, zone: str = "UTC", parameters: Parameters = NO_PARAMETERS) -> Truth:
    """What one rule answers: True, False, or None for unknown. Never raises for a missing or ill-typed value."""
    law = Law(zone, local_day(knowledge.as_of, zone), parameters)
    return compile_rule(rule, law)(knowledge, since(knowledge, periods_of(rule), zone))


def is_held(usage: Usage, holding: Holding | None) -> bool:
    """Whether the citizen already has the service: a `once` service counts when it was ever used."""
    if holding is None:
        return False
    return holding.holds_now or (usage is Usage.ONCE and holding.times_used > 0)


@dataclass(frozen=True)
class Era:
    """The rules between two changes of the law; each distinct one is evaluated once per decision.

    tests : one per distinct rule.   missing : per distinct rule what names its missing subjects.
    uses  : per service, the index in `tests` of each criterion in force.
    """

    tests: tuple[Test, ...]
    missing: tuple[Missing, ...]
    uses: tuple[tuple[int, ...], ...]

    @classmethod
    def compile(cls, services: Sequence[PublicService], law: Law) -> "Era":
        """Compile the criteria that are law on `law.day`."""
        day = law.day or date.min
        rules: dict[Rule, int] = {}
        uses = tuple(tuple(rules.setdefault(c.rule, len(rules)) for c in s.criteria_at(day)) for s in services)
        tests = tuple(compile_rule(rule, law) for rule in rules)
        return cls(tests, tuple(compile_missing(rule, law) for rule in rules), uses)


@dataclass(frozen=True)
class Rulebook:
    """A catalogue's rules. `changes` are the days (ordinals) on which the law changes; era i ends before change i."""

    eras: tuple[Era, ...]
    changes: tuple[int, ...]
    periods: tuple[str, ...]
    zone: str

    @classmethod
    def compile(
        cls, services: Sequence[PublicService], zone: str = "UTC", parameters: Parameters = NO_PARAMETERS
    ) -> "Rulebook":
        """Compile every criterion of the services, in their order, for every time between two changes of the law."""
        changes = sorted({day.toordinal() for day in (*_changes(services), *parameters.changes())})
        days = [date.fromordinal(max(changes[0] - 1, 1)) if changes else date(2000, 1, 1)]
        days += [date.fromordinal(change) for change in changes]
        periods = sorted({period for s in services for c in s.criteria for period in periods_of(c.rule)})
        eras = tuple(Era.compile(services, Law(zone, day, parameters)) for day in days)
        return cls(eras, tuple(changes), tuple(periods), zone)

    def assess(self, knowledge: Knowledge, starts: Since) -> list[Assessment]:
        """Assess every service, in order, by the law of the decision's day.

        starts : must hold this book's periods (see `windows.since`).
        Results follow `PublicService.criteria_at` of that day.
        """
        era = self.era_of(local_day(knowledge.as_of, self.zone)) if self.changes else self.eras[0]
        answers = [STATUS[test(knowledge, starts)] for test in era.tests]
        assessed = [_assessment(tuple([answers[i] for i in uses])) for uses in era.uses]
        unknown = [Status.UNKNOWN is answer for answer in answers]
        missing: dict[int, frozenset[str]] = {}
        for place, (status, results, _) in enumerate(assessed):
            if status is Status.UNKNOWN:
                subjects: set[str] = set()
                for i in era.uses[place]:
                    if unknown[i]:
                        subjects |= missing.get(i) or missing.setdefault(i, era.missing[i](knowledge, starts))
                assessed[place] = Assessment(status, results, tuple(sorted(subjects)))
        return assessed

    def era_of(self, day: date) -> Era:
        """The rules that are law on a day."""
        return self.eras[bisect_right(self.changes, day.toordinal())]


def _changes(services: Sequence[PublicService]) -> list[date]:
    """The first day of every criterion's law, and the day after its last."""
    criteria = [criterion for service in services for criterion in service.criteria]
    ends = [c.law_to + timedelta(days=1) for c in criteria if c.law_to is not None and c.law_to < date.max]
    return [c.law_from for c in criteria if c.law_from is not None] + ends


@lru_cache(maxsize=4_096)
def _assessment(results: tuple[Status, ...]) -> Assessment:
    """What criteria that answer so make of a service; few combinations occur, so they are worked out once."""
    for decided in (Status.NOT_ELIGIBLE, Status.UNKNOWN):
        if decided in results:
            return Assessment(decided, results, ())
    return Assessment(Status.ELIGIBLE, results, ())

"""Who may have what: rules answer yes, no or unknown (Kleene), compiled once for a catalogue."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from recommender.catalogue import PublicService, Usage
from recommender.decision import Status
from recommender.facts import Holding, Knowledge, Scalar
from recommender.identifiers import ServiceId
from recommender.instants import before, to_us
from recommender.rules import AllOf, Comparator, Comparison, Happened, Held, Membership, Rule

Truth = bool | None
Since = Mapping[str, int]
"""Period to the instant one period before the decision, in microseconds; "" is the decision's own time."""
Test = Callable[[Knowledge, Since], Truth]

NOW = ""
_STATUS: Mapping[Truth, Status] = {True: Status.ELIGIBLE, False: Status.NOT_ELIGIBLE, None: Status.UNKNOWN}
_OPERATORS: Mapping[Comparator, Callable[[Any, Any], bool]] = {
    Comparator.EQUAL: operator.eq,
    Comparator.UNEQUAL: operator.ne,
    Comparator.LESS: operator.lt,
    Comparator.AT_MOST: operator.le,
    Comparator.GREATER: operator.gt,
    Comparator.AT_LEAST: operator.ge,
}


class Assessment(NamedTuple):
    """One service for one citizen: its status, each criterion's, and what is missing while it is unknown."""

    status: Status
    results: tuple[Status, ...]
    missing: tuple[str, ...]


def all_of(truths: Sequence[Truth]) -> Truth:
    """Kleene `and`: no if any is no, else unknown if any is unknown, else yes; empty is yes."""
    if False in truths:
        return False
    return None if None in truths else True


def evaluate(rule: Rule, knowledge: Knowledge, zone: str = "UTC") -> Truth:
    """What one rule answers: True, False, or None for unknown. Never raises for a missing or ill-typed value."""
    return compile_rule(rule)(knowledge, since(knowledge, periods_of(rule), zone))


def is_held(usage: Usage, holding: Holding | None) -> bool:
    """Whether the citizen already has the service: a `once` service counts when it was ever used."""
    if holding is None:
        return False
    return holding.holds_now or (usage is Usage.ONCE and holding.times_used > 0)


def since(knowledge: Knowledge, periods: Sequence[str], zone: str) -> Since:
    """Where each window (t - period, t] starts; periods that reach before the calendar's first year start there."""
    starts = {NOW: to_us(knowledge.as_of)}
    for period in periods:
        try:
            starts[period] = to_us(before(knowledge.as_of, period, zone))
        except (OverflowError, ValueError):
            starts[period] = -(2**62)
    return starts


def periods_of(rule: Rule) -> tuple[str, ...]:
    """Every period that the rule looks back over."""
    if isinstance(rule, AllOf):
        return tuple(sorted({period for part in rule.rules for period in periods_of(part)}))
    return (rule.within,) if isinstance(rule, Happened) else ()


def atoms_of(rule: Rule) -> tuple[Rule, ...]:
    """The rule's parts that are not themselves joined by `and`."""
    return tuple(atom for part in rule.rules for atom in atoms_of(part)) if isinstance(rule, AllOf) else (rule,)


def subject_of(atom: Rule) -> str:
    """What an atom asks about: an attribute's name, `event:<type>` or `service:<id>`."""
    match atom:
        case Comparison() | Membership():
            return atom.attribute
        case Happened():
            return f"event:{atom.event_type}"
        case Held():
            return f"service:{atom.service_id}"
        case AllOf():
            return ""


def compile_rule(rule: Rule) -> Test:
    """A function that answers the rule; about 0.3 microseconds an atom."""
    match rule:
        case Comparison():
            return _comparison(rule)
        case Membership():
            return _membership(rule)
        case Happened():
            return _happened(rule)
        case Held():
            return _held(rule.service_id)
        case AllOf():
            tests = [compile_rule(part) for part in rule.rules]
            return lambda knowledge, starts: all_of([test(knowledge, starts) for test in tests])


def _comparison(rule: Comparison) -> Test:
    name, constant, compare, fits = rule.attribute, rule.constant, _OPERATORS[rule.comparator], _fits(rule.constant)

    def test(knowledge: Knowledge, starts: Since) -> Truth:
        value = knowledge.attributes.get(name)
        return compare(value, constant) if fits(value) else None

    return test


def _membership(rule: Membership) -> Test:
    name, constants = rule.attribute, rule.constants
    kinds = [_fits(constant) for constant in constants]

    def test(knowledge: Knowledge, starts: Since) -> Truth:
        value = knowledge.attributes.get(name)
        return value in constants if any(fits(value) for fits in kinds) else None

    return test


def _fits(constant: Scalar) -> Callable[[Scalar | None], bool]:
    """Whether a value is known and of the constant's type; NaN is unknown, and true is not the number 1."""
    if isinstance(constant, bool):
        return lambda value: isinstance(value, bool)
    if isinstance(constant, str):
        return lambda value: isinstance(value, str)
    return lambda value: isinstance(value, float | int) and not isinstance(value, bool) and value == value


def _happened(rule: Happened) -> Test:
    event_type, within = rule.event_type, rule.within

    def test(knowledge: Knowledge, starts: Since) -> Truth:
        start, end = starts[within], starts[NOW]
        for happened_us in knowledge.happened.get(event_type, ()):
            if start < happened_us <= end:
                return True
        covered = knowledge.covered_from_us.get(event_type)
        return False if covered is not None and covered <= start else None

    return test


def _held(service_id: ServiceId) -> Test:
    def test(knowledge: Knowledge, starts: Since) -> Truth:
        holding = knowledge.holdings.get(service_id)
        return holding is not None and holding.holds_now

    return test


@dataclass(frozen=True)
class Rulebook:
    """A catalogue's rules, compiled: each distinct rule is evaluated once per decision, however many services share it.

    tests   : one per distinct rule.   atoms : per distinct rule its (subject, test) pairs, for what is missing.
    uses    : per service, the index in `tests` of each criterion.
    """

    tests: tuple[Test, ...]
    atoms: tuple[tuple[tuple[str, Test], ...], ...]
    uses: tuple[tuple[int, ...], ...]
    periods: tuple[str, ...]

    @classmethod
    def compile(cls, services: Sequence[PublicService]) -> "Rulebook":
        """Compile every criterion of the services, in their order."""
        rules: dict[Rule, int] = {}
        uses = tuple(tuple(rules.setdefault(c.rule, len(rules)) for c in s.criteria) for s in services)
        atoms = tuple(tuple((subject_of(a), compile_rule(a)) for a in atoms_of(rule)) for rule in rules)
        periods = sorted({period for rule in rules for period in periods_of(rule)})
        return cls(tuple(map(compile_rule, rules)), atoms, uses, tuple(periods))

    def assess(self, knowledge: Knowledge, starts: Since) -> list[Assessment]:
        """Assess every service, in order. `starts` must hold this book's periods (see `since`)."""
        answers = [_STATUS[test(knowledge, starts)] for test in self.tests]
        assessed = [_assessment(tuple([answers[i] for i in uses])) for uses in self.uses]
        for place, (status, results, _) in enumerate(assessed):
            if status is Status.UNKNOWN:
                missing = self._missing(self.uses[place], knowledge, starts)
                assessed[place] = Assessment(status, results, missing)
        return assessed

    def _missing(self, uses: tuple[int, ...], knowledge: Knowledge, starts: Since) -> tuple[str, ...]:
        unknown = {subject for i in uses for subject, test in self.atoms[i] if test(knowledge, starts) is None}
        return tuple(sorted(unknown))


@lru_cache(maxsize=4_096)
def _assessment(results: tuple[Status, ...]) -> Assessment:
    """What criteria that answer so make of a service; few combinations occur, so they are worked out once."""
    for decided in (Status.NOT_ELIGIBLE, Status.UNKNOWN):
        if decided in results:
            return Assessment(decided, results, ())
    return Assessment(Status.ELIGIBLE, results, ())

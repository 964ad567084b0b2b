"""What a rule can answer at all: reasoned through, without any citizen."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from itertools import pairwise, product
from math import inf, nextafter, prod
from typing import NamedTuple

from recommender.compiling import OPERATORS, TURNED
from recommender.facts import Scalar
from recommender.rule_checks import Kind, kind_of
from recommender.rules import (
    COUNTED_AT_MOST,
    AllOf,
    AnyOf,
    Atom,
    Comparator,
    Comparison,
    Constant,
    Counted,
    Day,
    Happened,
    Membership,
    Not,
    Relation,
    Rule,
)
from recommender.subjects import atoms_of

_MOST_WORLDS = 50_000
_OTHER = "\x00other"
World = Mapping[Hashable, Scalar]


class _Asked(NamedTuple):
    """A condition as a question about one unknown: `unknown` <comparator> constant, or in (constants).

    An attribute or expression against a constant asks about itself; a day counts as its number in the calendar. Two
    expressions ask about their difference, against 0. An event within a window asks how often it happened. What is
    left (held, ever happened) asks about itself, true or false.
    """

    unknown: Hashable
    comparator: Comparator
    constants: frozenset[Scalar]


def possible_answers(rule: Rule) -> frozenset[bool]:
    """What the rule can answer once everything is known: {True}, {False} or both.

    Each unknown is tried with one value of every stretch between the constants that it meets; unknowns count as
    independent of each other. So {True} and {False} are certain, of both one may be too many. Parts of an `and` that
    share no unknown are weighed apart, so that many of them take no longer.
    """
    if isinstance(rule, AllOf):
        groups = _apart(rule.rules)
        if len(groups) > 1:
            answers = [possible_answers(AllOf(group) if len(group) > 1 else group[0]) for group in groups]
            truths = set() if any(a == {False} for a in answers) else {True}
            return frozenset(truths | ({False} if any(False in a for a in answers) else set()))
    stretches = _stretches([_asked(atom) for atom in atoms_of(rule)])
    if prod(map(len, stretches.values())) > _MOST_WORLDS:
        return frozenset({True, False})
    found: set[bool] = set()
    for values in product(*stretches.values()):
        found.add(_answer(rule, dict(zip(stretches, values, strict=True))))
        if len(found) == 2:
            break
    return frozenset(found)


def follows(rule: Rule, other: Rule) -> bool:
    """Whether whoever meets `other` certainly meets `rule` too, as far as can be reasoned."""
    return possible_answers(AllOf((other, Not(rule)))) == {False}


def unknowns(rule: Rule) -> frozenset[Hashable]:
    """What the rule's conditions ask about; rules that share none do not bear on each other."""
    return frozenset(_asked(atom).unknown for atom in atoms_of(rule))


def _asked(atom: Atom) -> _Asked:
    match atom:
        case Comparison():
            return _Asked(atom.attribute, atom.comparator, frozenset({atom.constant}))
        case Membership():
            return _Asked(atom.attribute, Comparator.EQUAL, atom.constants)
        case Counted():
            return _Asked((atom.event_type, atom.within), atom.comparator, frozenset({float(atom.number)}))
        case Happened(within=str()):
            return _Asked((atom.event_type, atom.within), Comparator.AT_LEAST, frozenset({1.0}))
        case Relation():
            return _related(atom)
    return _Asked(atom, Comparator.EQUAL, frozenset({True}))


def _related(atom: Relation) -> _Asked:
    left, comparator, right = atom.left, atom.comparator, atom.right
    if isinstance(left, Constant | Day) or (not isinstance(right, Constant | Day) and repr(left) > repr(right)):
        left, comparator, right = right, TURNED.get(comparator, comparator), left
    if isinstance(right, Constant):
        return _Asked(left, comparator, frozenset({right.value}))
    if isinstance(right, Day):
        return _Asked(left, comparator, frozenset({float(date.fromisoformat(right.iso).toordinal())}))
    return _Asked((left, right), comparator, frozenset({0.0}))


def _apart(rules: Sequence[Rule]) -> list[tuple[Rule, ...]]:
    """Groups of rules that ask about the same unknowns."""
    groups: list[tuple[frozenset[Hashable], list[Rule]]] = []
    for rule in rules:
        asked = unknowns(rule)
        joined = [group for group in groups if group[0] & asked]
        groups = [group for group in groups if not group[0] & asked]
        names = asked.union(*(group[0] for group in joined))
        groups.append((names, [*(r for group in joined for r in group[1]), rule]))
    return [tuple(members) for _, members in groups]


def _stretches(conditions: Sequence[_Asked]) -> dict[Hashable, list[Scalar]]:
    """Per unknown one value of every stretch that its constants cut out."""
    constants: dict[Hashable, set[Scalar]] = {}
    for asked in conditions:
        constants.setdefault(asked.unknown, set()).update(asked.constants)
    return {unknown: _values(unknown, named) for unknown, named in constants.items()}


def _values(unknown: Hashable, named: set[Scalar]) -> list[Scalar]:
    if isinstance(unknown, tuple) and isinstance(unknown[0], str):
        return [float(times) for times in range(COUNTED_AT_MOST + 2)]
    numbers = sorted(float(value) for value in named if kind_of(value) is Kind.NUMBER)
    texts = sorted(str(value) for value in named if kind_of(value) is Kind.TEXT)
    values: list[Scalar] = [*texts, _OTHER] if texts else []
    if numbers:
        between = [(a + b) / 2 for a, b in pairwise(numbers)]
        values += [nextafter(numbers[0], -inf), *numbers, *between, nextafter(numbers[-1], inf)]
    if len(numbers) + len(texts) < len(named):
        values += [True, False]
    return values


def _answer(rule: Rule, world: World) -> bool:
    match rule:
        case AllOf():
            return all(_answer(part, world) for part in rule.rules)
        case AnyOf():
            return any(_answer(part, world) for part in rule.rules)
        case Not():
            return not _answer(rule.rule, world)
    asked = _asked(rule)
    value = world[asked.unknown]
    return any(
        kind_of(value) is kind_of(constant) and OPERATORS[asked.comparator](value, constant)
        for constant in asked.constants
    )

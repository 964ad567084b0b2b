"""What can be wrong with a rule that parses: types that do not go together, and answers that it can never give."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise, product
from math import prod

from recommender.compiling import OPERATORS, atoms_of
from recommender.facts import Scalar
from recommender.parameters import NO_PARAMETERS, Parameters
from recommender.rules import (
    AllOf,
    AnyOf,
    Arithmetic,
    Atom,
    Attribute,
    Between,
    Comparison,
    Constant,
    Expression,
    Extreme,
    Membership,
    Not,
    Parameter,
    Relation,
    Rule,
    Shifted,
)

_MOST_WORLDS = 50_000
_OTHER = "\x00other"


class Kind(StrEnum):
    """What kind of value an attribute has."""

    NUMBER = "number"
    DATE = "date"
    TEXT = "text"
    BOOLEAN = "boolean"


Kinds = Mapping[str, Kind]
"""Kind of each attribute; one that is not there is not judged."""

_CALLED = {Kind.NUMBER: "a number", Kind.DATE: "a date", Kind.TEXT: "a text", Kind.BOOLEAN: "true or false"}
_MEND = {
    Kind.NUMBER: "compare it with a number",
    Kind.DATE: "compare it with date('2025-01-31'), today or another date",
    Kind.TEXT: "compare it with a text in quotes",
    Kind.BOOLEAN: "compare it with true or false, or write it alone",
}


def type_faults(rule: Rule, kinds: Kinds, parameters: Parameters = NO_PARAMETERS) -> list[tuple[str, str]]:
    """What does not go together, each with how to mend it. Such a condition would be unknown for everybody."""
    return [fault for atom in atoms_of(rule) for fault in _of_atom(atom, kinds, parameters)]


def _of_atom(atom: Atom, kinds: Kinds, parameters: Parameters) -> Iterator[tuple[str, str]]:
    if isinstance(atom, Comparison | Membership):
        constants = atom.constants if isinstance(atom, Membership) else (atom.constant,)
        kind = kinds.get(atom.attribute)
        for constant in sorted(constants, key=repr):
            if kind is not None and kind_of(constant) is not kind:
                what = f"{atom.attribute} is {_CALLED[kind]}, {_shown(constant)} is {_CALLED[kind_of(constant)]}"
                yield what, _MEND[kind]
    if isinstance(atom, Relation):
        faults: list[tuple[str, str]] = []
        left, right = (_kind(side, kinds, parameters, faults) for side in (atom.left, atom.right))
        yield from faults
        if left is not None and right is not None and left is not right:
            yield f"{_CALLED[left]} is compared with {_CALLED[right]}", _MEND[left]


def kind_of(constant: Scalar) -> Kind:
    """The kind of a constant of a rule's text."""
    if isinstance(constant, bool):
        return Kind.BOOLEAN
    return Kind.TEXT if isinstance(constant, str) else Kind.NUMBER


def _shown(constant: Scalar) -> str:
    return repr(constant) if isinstance(constant, str) else str(constant).lower().removesuffix(".0")


def _kind(expression: Expression, kinds: Kinds, parameters: Parameters, faults: list[tuple[str, str]]) -> Kind | None:
    """The expression's kind, None where it is not known; what is wrong inside it is added to `faults`."""
    match expression:
        case Attribute():
            return kinds.get(expression.name)
        case Constant():
            return kind_of(expression.value)
        case Parameter():
            found = parameters.by_name.get(expression.name)
            values = [] if found is None else [value.value for value in found.values if value.value is not None]
            return kind_of(values[0]) if values else None
        case Arithmetic() | Extreme():
            parts = expression.parts if isinstance(expression, Extreme) else (expression.left, expression.right)
            return _all_of(parts, Kind.NUMBER, (kinds, parameters, faults))
        case Between():
            _all_of((expression.start, expression.end), Kind.DATE, (kinds, parameters, faults))
            return Kind.NUMBER
        case Shifted():
            return _all_of((expression.date,), Kind.DATE, (kinds, parameters, faults))
        case _:
            return Kind.DATE


def _all_of(parts: Sequence[Expression], wanted: Kind, known: tuple[Kinds, Parameters, list[tuple[str, str]]]) -> Kind:
    kinds, parameters, faults = known
    for part in parts:
        kind = _kind(part, kinds, parameters, faults)
        if kind is not None and kind is not wanted:
            name = part.name if isinstance(part, Attribute | Parameter) else "it"
            faults.append((f"{name} is {_CALLED[kind]} where {_CALLED[wanted]} belongs", f"use {_CALLED[wanted]}"))
    return wanted


def possible_answers(rule: Rule) -> frozenset[bool]:
    """What the rule can answer once everything is known: {True}, {False} or both.

    Conditions on an attribute and constants are reasoned through, by one value of every stretch between the constants;
    any other condition counts as free to be either. So {True} and {False} are certain, both may be one too many.
    Parts of an `and` that share no attribute are weighed apart, so that many of them take no longer.
    """
    if isinstance(rule, AllOf):
        groups = _apart(rule.rules)
        if len(groups) > 1:
            answers = [possible_answers(AllOf(group) if len(group) > 1 else group[0]) for group in groups]
            truths = set() if any(a == {False} for a in answers) else {True}
            return frozenset(truths | ({False} if any(False in a for a in answers) else set()))
    atoms = tuple(dict.fromkeys(atoms_of(rule)))
    free = tuple(atom for atom in atoms if not isinstance(atom, Comparison | Membership))
    stretches = _stretches([atom for atom in atoms if isinstance(atom, Comparison | Membership)])
    if prod(map(len, stretches.values())) * 2 ** len(free) > _MOST_WORLDS:
        return frozenset({True, False})
    found: set[bool] = set()
    for values in product(*stretches.values()):
        world = dict(zip(stretches, values, strict=True))
        for chosen in product((False, True), repeat=len(free)):
            found.add(_answer(rule, world, dict(zip(free, chosen, strict=True))))
            if len(found) == 2:
                return frozenset(found)
    return frozenset(found)


def _apart(rules: Sequence[Rule]) -> list[tuple[Rule, ...]]:
    """Groups of rules that ask about the same attributes or share a condition."""
    groups: list[tuple[set[object], list[Rule]]] = []
    for rule in rules:
        asked: set[object] = {
            atom.attribute if isinstance(atom, Comparison | Membership) else atom for atom in atoms_of(rule)
        }
        joined = [group for group in groups if group[0] & asked]
        groups = [group for group in groups if not group[0] & asked]
        names = asked.union(*(group[0] for group in joined))
        groups.append((names, [*(r for group in joined for r in group[1]), rule]))
    return [tuple(members) for _, members in groups]


def _stretches(atoms: Sequence[Comparison | Membership]) -> dict[str, list[Scalar]]:
    """Per attribute one value of every stretch that its constants cut out."""
    constants: dict[str, set[Scalar]] = {}
    for atom in atoms:
        named = atom.constants if isinstance(atom, Membership) else {atom.constant}
        constants.setdefault(atom.attribute, set()).update(named)
    found: dict[str, list[Scalar]] = {}
    for attribute, named in constants.items():
        numbers = sorted(value for value in named if kind_of(value) is Kind.NUMBER)
        texts = sorted(str(value) for value in named if kind_of(value) is Kind.TEXT)
        values: list[Scalar] = [*texts, _OTHER] if texts else []
        if numbers:
            between = [(float(a) + float(b)) / 2 for a, b in pairwise(numbers)]
            values += [float(numbers[0]) - 1, *numbers, *between, float(numbers[-1]) + 1]
        if len(numbers) + len(texts) < len(named):
            values += [True, False]
        found[attribute] = values
    return found


def _answer(rule: Rule, world: Mapping[str, Scalar], free: Mapping[Rule, bool]) -> bool:
    match rule:
        case AllOf():
            return all(_answer(part, world, free) for part in rule.rules)
        case AnyOf():
            return any(_answer(part, world, free) for part in rule.rules)
        case Not():
            return not _answer(rule.rule, world, free)
        case Comparison():
            value = world[rule.attribute]
            fits = kind_of(value) is kind_of(rule.constant)
            return fits and OPERATORS[rule.comparator](value, rule.constant)
        case Membership():
            value = world[rule.attribute]
            return any(kind_of(value) is kind_of(constant) and value == constant for constant in rule.constants)
        case _:
            return free[rule]

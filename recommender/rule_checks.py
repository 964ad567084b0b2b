"""What can be wrong with the types of a rule that parses. `recommender.rule_reasoning` has what it can answer."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from recommender.compiling import ORDERED
from recommender.facts import Scalar
from recommender.parameters import NO_PARAMETERS, Parameters
from recommender.rule_words import expression_words
from recommender.rules import (
    Arithmetic,
    Atom,
    Attribute,
    Between,
    Comparison,
    Constant,
    Expression,
    Extreme,
    Membership,
    Parameter,
    Relation,
    Rule,
    Shifted,
)
from recommender.subjects import atoms_of


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
_COUNT_DAYS = "count with years_between, months_between or days_between, move a day with + 'P1Y'"


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
        elif atom.comparator in ORDERED and {left, right} & {Kind.TEXT, Kind.BOOLEAN}:
            yield f"{expression_words(atom.left)} has no order", "use ==, != or in (...)"


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
        case Arithmetic():
            return _all_of((expression.left, expression.right), Kind.NUMBER, (kinds, parameters, faults))
        case Extreme():
            first = next((k for part in expression.parts if (k := _kind(part, kinds, parameters, []))), None)
            wanted = Kind.DATE if first is Kind.DATE else Kind.NUMBER
            return None if first is None else _all_of(expression.parts, wanted, (kinds, parameters, faults))
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
            what = f"{expression_words(part)} is {_CALLED[kind]} where {_CALLED[wanted]} belongs"
            faults.append((what, _COUNT_DAYS if kind is Kind.DATE else f"use {_CALLED[wanted]}"))
    return wanted

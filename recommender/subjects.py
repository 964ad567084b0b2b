"""What a rule asks about: its conditions and expressions, the names in them, the windows it looks back over."""

from collections.abc import Iterator

from recommender.parameters import NO_PARAMETERS, Parameters
from recommender.rules import (
    AllOf,
    AnyOf,
    Arithmetic,
    Atom,
    Attribute,
    Between,
    Comparison,
    Counted,
    Expression,
    Extreme,
    Happened,
    Held,
    Last,
    Membership,
    Not,
    Parameter,
    Relation,
    Rule,
    Shifted,
    Today,
    Used,
)
from recommender.windows import TODAY


def subjects_of(rule: Rule, parameters: Parameters = NO_PARAMETERS) -> frozenset[str]:
    """What a rule asks about: attributes by name, `event:<type>`, `service:<id>`, `parameter:<name>`.

    parameters : one that depends on the region is asked for by the attribute that names the region.
    """
    return frozenset().union(*(_of_atom(atom, parameters) for atom in atoms_of(rule)))


def atoms_of(rule: Rule) -> tuple[Atom, ...]:
    """The conditions that and, or, not join, in the order of the text."""
    if isinstance(rule, AllOf | AnyOf):
        return tuple(atom for part in rule.rules for atom in atoms_of(part))
    return atoms_of(rule.rule) if isinstance(rule, Not) else (rule,)


def periods_of(rule: Rule) -> tuple[str, ...]:
    """Every window that the rule looks back over, and TODAY where it asks for it."""
    found: set[str] = set()
    for atom in atoms_of(rule):
        if isinstance(atom, Happened | Counted | Used) and atom.within is not None:
            found.add(atom.within)
        if any(isinstance(expression, Today | Last) for expression in expressions_of(atom)):
            found.add(TODAY)
    return tuple(sorted(found))


def expressions_of(atom: Atom) -> Iterator[Expression]:
    """The expressions of a relation and all within them; of other atoms none."""
    waiting: list[Expression] = [atom.left, atom.right] if isinstance(atom, Relation) else []
    while waiting:
        expression = waiting.pop()
        yield expression
        waiting += parts_of(expression)


def parameters_in(rule: Rule) -> tuple[str, ...]:
    """The parameters that the rule names, by name."""
    parts = (part for atom in atoms_of(rule) for part in expressions_of(atom))
    return tuple(sorted({part.name for part in parts if isinstance(part, Parameter)}))


def parts_of(expression: Expression) -> tuple[Expression, ...]:
    """The expressions that one is worked out from; none for an attribute or a constant."""
    match expression:
        case Arithmetic():
            return expression.left, expression.right
        case Between():
            return expression.start, expression.end
        case Extreme():
            return expression.parts
        case Shifted():
            return (expression.date,)
        case _:
            return ()


def subject_of(expression: Expression, parameters: Parameters) -> str | None:
    """What an attribute, life event or parameter is asked for by; None for any other expression."""
    match expression:
        case Attribute():
            return expression.name
        case Last():
            return f"event:{expression.event_type}"
        case Parameter():
            return parameters.regional(expression.name) or f"parameter:{expression.name}"
        case _:
            return None


def _of_atom(atom: Atom, parameters: Parameters) -> frozenset[str]:
    match atom:
        case Comparison() | Membership():
            return frozenset({atom.attribute})
        case Happened() | Counted():
            return frozenset({f"event:{atom.event_type}"})
        case Held() | Used():
            return frozenset({f"service:{atom.service_id}"})
        case Relation():
            found = (subject_of(expression, parameters) for expression in expressions_of(atom))
            return frozenset(subject for subject in found if subject is not None)

"""A rule back to its text: the one spelling that parses to the same rule."""

from recommender.facts import Scalar
from recommender.rules import (
    AllOf,
    AnyOf,
    Arithmetic,
    Attribute,
    Between,
    Comparison,
    Constant,
    Counted,
    Day,
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


def rule_words(rule: Rule) -> str:
    """The rule's text. Parentheses stand wherever rules or expressions are within others, needed or not."""
    match rule:
        case AllOf() | AnyOf():
            word = " and " if isinstance(rule, AllOf) else " or "
            return word.join(_within(part) for part in rule.rules)
        case Not():
            return f"not {_within(rule.rule)}"
        case Comparison():
            return f"{rule.attribute} {rule.comparator.value} {constant_words(rule.constant)}"
        case Relation():
            return f"{expression_words(rule.left)} {rule.comparator.value} {expression_words(rule.right)}"
        case Membership():
            return f"{rule.attribute} in ({', '.join(sorted(map(constant_words, rule.constants)))},)"
        case Happened():
            within = "" if rule.within is None else f", within={rule.within!r}"
            return f"happened({str(rule.event_type)!r}{within})"
        case Counted():
            counted = f"count({str(rule.event_type)!r}, within={rule.within!r})"
            return f"{counted} {rule.comparator.value} {rule.number}"
        case Held():
            return f"held({str(rule.service_id)!r})"
        case Used():
            within = "" if rule.within is None else f", within={rule.within!r}"
            return f"used({str(rule.service_id)!r}{within})"


def constant_words(constant: Scalar) -> str:
    """A constant as a rule's text writes it."""
    if isinstance(constant, bool):
        return "true" if constant else "false"
    if isinstance(constant, float) and constant.is_integer() and abs(constant) < 1e15:
        return str(int(constant))
    return repr(constant)


def _within(rule: Rule) -> str:
    return f"({rule_words(rule)})" if isinstance(rule, AllOf | AnyOf | Not) else rule_words(rule)


def expression_words(expression: Expression) -> str:
    """An expression's text; one within another is in parentheses."""
    match expression:
        case Attribute() | Constant():
            return expression.name if isinstance(expression, Attribute) else constant_words(expression.value)
        case Day():
            return f"date({expression.iso!r})"
        case Today():
            return "today"
        case Last():
            return f"last({str(expression.event_type)!r})"
        case Parameter():
            return f"parameter({expression.name!r})"
        case Shifted():
            return f"({expression_words(expression.date)} {'+' if expression.later else '-'} {expression.period!r})"
        case Arithmetic():
            left, right = expression_words(expression.left), expression_words(expression.right)
            return f"({left} {expression.operator.value} {right})"
        case Extreme():
            return f"{'max' if expression.greatest else 'min'}({', '.join(map(expression_words, expression.parts))})"
        case Between():
            start, end = expression_words(expression.start), expression_words(expression.end)
            return f"{expression.unit.value}_between({start}, {end})"

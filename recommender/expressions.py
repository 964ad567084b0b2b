"""Expressions of rules as functions: a number, a text, true or false; None is unknown and spreads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from math import inf

from recommender.days import calendar, span
from recommender.facts import Knowledge, Scalar
from recommender.parameters import NO_PARAMETERS, DatedValue, Parameters
from recommender.rules import (
    Arithmetic,
    Attribute,
    Between,
    Constant,
    Day,
    Expression,
    Extreme,
    Last,
    Operator,
    Parameter,
    Shifted,
    Today,
)
from recommender.subjects import parts_of
from recommender.windows import NOW, TODAY, Since

Value = Callable[[Knowledge, Since], Scalar | None]
Range = Callable[[Knowledge, Since], tuple[float, float] | None]
"""The least and the greatest that a date can be, given what is known; None: nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Law:
    """What an expression means by place and day: the data's zone, and the parameters that hold on the day."""

    zone: str = "UTC"
    day: date | None = None
    parameters: Parameters = NO_PARAMETERS


def compile_expression(expression: Expression, law: Law) -> Value:
    """A function that gives the expression's value; never raises for what a citizen's data hold."""
    match expression:
        case Attribute():
            return _attribute(expression.name)
        case Constant() | Day():
            return _constant(fixed_value(expression, law))
        case Today():
            return lambda knowledge, starts: float(starts[TODAY])
        case Last():
            return _exactly(compile_range(expression, law))
        case Parameter():
            return _parameter(expression.name, law)
        case Shifted() | Arithmetic() | Extreme() | Between():
            return _worked_out(expression, law)


def is_number(value: Scalar | None) -> bool:
    """Whether it is a known number: true is none, and NaN is not known."""
    return isinstance(value, float | int) and not isinstance(value, bool) and value == value


def fixed_value(expression: Expression, law: Law) -> Scalar | None:
    """The value of an expression that is the same for every citizen on every day of the law; None for any other."""
    match expression:
        case Constant():
            return expression.value
        case Day():
            return calendar(law.zone).start_of(date.fromisoformat(expression.iso))
        case Parameter():
            setting = _setting(expression.name, law)
            return setting.value if setting is not None and same_everywhere(setting) else None
        case Shifted() | Arithmetic() | Extreme() | Between():
            values = [fixed_value(part, law) for part in parts_of(expression)]
            return _numeric(calculation(expression, law), values)
        case _:
            return None


def calculation(expression: Expression, law: Law) -> Callable[..., float | None]:
    """The function behind an expression that is worked out: from the numbers of its parts to a number, or unknown."""
    match expression:
        case Arithmetic():
            return _ARITHMETIC[expression.operator]
        case Extreme():
            return max if expression.greatest else min
        case Shifted():
            move, by, later = calendar(law.zone).shifted, span(expression.period), expression.later
            return lambda us: move(us, by, later)
        case Between():
            between, unit = calendar(law.zone).between, expression.unit
            return lambda start, end: between(unit, start, end)
        case _:
            raise TypeError(f"{expression!r} is not worked out from anything")


def compile_range(expression: Last, law: Law) -> Range:
    """What a last date can be: where the register does not cover the time since, there may have been a later one."""
    event_type, today = expression.event_type, calendar(law.zone).today

    def between(knowledge: Knowledge, starts: Since) -> tuple[float, float] | None:
        end = starts[NOW]
        for at in knowledge.happened.get(event_type, ()):
            if at <= end:
                day, covered = today(at), knowledge.covered_from_us.get(event_type)
                if day is None:
                    return None
                return day, day if covered is not None and covered <= at else float(starts[TODAY])
        return None

    return between


def _attribute(name: str) -> Value:
    def value(knowledge: Knowledge, starts: Since) -> Scalar | None:
        found = knowledge.attributes.get(name)
        return found if found == found else None

    return value


def _constant(constant: Scalar | None) -> Value:
    return lambda knowledge, starts: constant


def _parameter(name: str, law: Law) -> Value:
    setting = _setting(name, law)
    if setting is None or same_everywhere(setting):
        return _constant(None if setting is None else setting.value)
    attribute, where, otherwise = law.parameters.regional(name) or "", setting.where, setting.value

    def value(knowledge: Knowledge, starts: Since) -> Scalar | None:
        region = knowledge.attributes.get(attribute)
        return where.get(region, otherwise) if isinstance(region, str) else None

    return value


def _setting(name: str, law: Law) -> DatedValue | None:
    parameter = law.parameters.by_name.get(name)
    dated = parameter.on(law.day) if parameter is not None and law.day is not None else None
    return replace(dated, where={}) if parameter is not None and parameter.by is None and dated is not None else dated


def same_everywhere(setting: DatedValue) -> bool:
    """Whether a parameter's value does not depend on the region."""
    return all(type(other) is type(setting.value) and other == setting.value for other in setting.where.values())


def _exactly(within: Range) -> Value:
    def value(knowledge: Knowledge, starts: Since) -> Scalar | None:
        found = within(knowledge, starts)
        return found[0] if found is not None and found[0] == found[1] else None

    return value


def _worked_out(expression: Expression, law: Law) -> Value:
    fixed = fixed_value(expression, law)
    if fixed is not None:
        return _constant(fixed)
    parts = [compile_expression(part, law) for part in parts_of(expression)]
    calculate = calculation(expression, law)
    return lambda knowledge, starts: _numeric(calculate, [part(knowledge, starts) for part in parts])


def _numeric(calculate: Callable[..., float | None], values: list[Scalar | None]) -> float | None:
    numbers = [float(value) for value in values if is_number(value)]  # type: ignore[arg-type]
    return calculate(*numbers) if len(numbers) == len(values) else None


def _finite(value: float) -> float | None:
    return value if -inf < value < inf else None


_ARITHMETIC: Mapping[Operator, Callable[..., float | None]] = {
    Operator.PLUS: lambda a, b: _finite(a + b),
    Operator.MINUS: lambda a, b: _finite(a - b),
    Operator.TIMES: lambda a, b: _finite(a * b),
    Operator.OVER: lambda a, b: _finite(a / b) if b else None,
}

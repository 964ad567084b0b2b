"""Expressions of rules as functions: a number, a text, true or false; None is unknown and spreads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from recommender.facts import Knowledge, Scalar
from recommender.identifiers import EventType
from recommender.instants import after, before, from_us, to_us
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
    Unit,
)
from recommender.windows import TODAY, Since, start_of_day

Value = Callable[[Knowledge, Since], Scalar | None]


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
            return _constant(expression.value if isinstance(expression, Constant) else start_of(expression, law.zone))
        case Today():
            return lambda knowledge, starts: float(starts[TODAY])
        case Last():
            return _last(expression.event_type)
        case Parameter():
            return _parameter(expression.name, law)
        case Shifted():
            return _shifted(expression, law)
        case Arithmetic():
            return _arithmetic(expression, law)
        case Extreme():
            return _extreme(expression, law)
        case Between():
            return _between(expression, law)


def is_number(value: Scalar | None) -> bool:
    """Whether it is a known number: true is none, and NaN is not known."""
    return isinstance(value, float | int) and not isinstance(value, bool) and value == value


def start_of(day: Day, zone: str) -> float:
    """The first instant of a calendar day, in microseconds. Raises ValueError when there is no such day."""
    return float(start_of_day(datetime.fromisoformat(day.iso).replace(hour=12, tzinfo=ZoneInfo(zone)), zone))


def _attribute(name: str) -> Value:
    def value(knowledge: Knowledge, starts: Since) -> Scalar | None:
        found = knowledge.attributes.get(name)
        return found if found == found else None

    return value


def _constant(constant: Scalar | None) -> Value:
    return lambda knowledge, starts: constant


def _last(event_type: EventType) -> Value:
    def value(knowledge: Knowledge, starts: Since) -> Scalar | None:
        found = [at for at in knowledge.happened.get(event_type, ()) if at <= starts[""]]
        return float(found[0]) if found else None

    return value


def _parameter(name: str, law: Law) -> Value:
    parameter = law.parameters.by_name.get(name)
    dated = parameter.on(law.day) if parameter is not None and law.day is not None else None
    if parameter is None or dated is None:
        return _constant(None)
    if parameter.by is None or all(other == dated.value for other in dated.where.values()):
        return _constant(dated.value)
    return _by_region(parameter.by, dated)


def _by_region(attribute: str, dated: DatedValue) -> Value:
    where: Mapping[str, Scalar] = dated.where

    def value(knowledge: Knowledge, starts: Since) -> Scalar | None:
        region = knowledge.attributes.get(attribute)
        return where.get(region, dated.value) if isinstance(region, str) else None

    return value


def _shifted(expression: Shifted, law: Law) -> Value:
    of, period, zone = compile_expression(expression.date, law), expression.period, law.zone
    move = after if expression.later else before

    def value(knowledge: Knowledge, starts: Since) -> Scalar | None:
        start = of(knowledge, starts)
        if not is_number(start):
            return None
        try:
            return float(to_us(move(from_us(int(start)), period, zone)))  # type: ignore[arg-type]
        except (OverflowError, ValueError):
            return None

    return value


def _arithmetic(expression: Arithmetic, law: Law) -> Value:
    left, right = compile_expression(expression.left, law), compile_expression(expression.right, law)
    operator = expression.operator

    def value(knowledge: Knowledge, starts: Since) -> Scalar | None:
        a, b = left(knowledge, starts), right(knowledge, starts)
        if not is_number(a) or not is_number(b):
            return None
        return calculate(float(a), operator, float(b))  # type: ignore[arg-type]

    return value


def calculate(a: float, operator: Operator, b: float) -> float | None:
    """a <operator> b; unknown where it has no finite value."""
    if operator is Operator.OVER and b == 0:
        return None
    match operator:
        case Operator.PLUS:
            found = a + b
        case Operator.MINUS:
            found = a - b
        case Operator.TIMES:
            found = a * b
        case Operator.OVER:
            found = a / b
    return found if abs(found) < float("inf") else None


def _extreme(expression: Extreme, law: Law) -> Value:
    parts = [compile_expression(part, law) for part in expression.parts]
    choose = max if expression.greatest else min

    def value(knowledge: Knowledge, starts: Since) -> Scalar | None:
        found = [part(knowledge, starts) for part in parts]
        return choose(float(each) for each in found) if all(map(is_number, found)) else None  # type: ignore[arg-type]

    return value


def _between(expression: Between, law: Law) -> Value:
    start, end = compile_expression(expression.start, law), compile_expression(expression.end, law)
    unit, zone = expression.unit, law.zone

    def value(knowledge: Knowledge, starts: Since) -> Scalar | None:
        a, b = start(knowledge, starts), end(knowledge, starts)
        if not is_number(a) or not is_number(b):
            return None
        try:
            return whole_between(int(a), int(b), unit, zone)  # type: ignore[arg-type]
        except (OverflowError, ValueError):
            return None

    return value


@lru_cache(maxsize=65_536)
def whole_between(start_us: int, end_us: int, unit: Unit, zone: str) -> float:
    """Whole calendar years, months or days between two days; a year from 29 February is over on 1 March."""
    if end_us < start_us:
        return -whole_between(end_us, start_us, unit, zone)
    place = ZoneInfo(zone)
    first, last = from_us(start_us).astimezone(place).date(), from_us(end_us).astimezone(place).date()
    if unit is Unit.DAYS:
        return float((last - first).days)
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    return float(months // 12 if unit is Unit.YEARS else months)

"""The expressions of a rule's text: attributes, constants, dates and what is worked out of them."""

import ast
from datetime import date

from recommender.days import span
from recommender.errors import CatalogueError
from recommender.facts import Scalar
from recommender.identifiers import EventType
from recommender.instants import check_period
from recommender.rules import (
    Arithmetic,
    Attribute,
    Between,
    Comparator,
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

COMPARATORS: dict[type[ast.cmpop], Comparator] = {
    ast.Eq: Comparator.EQUAL,
    ast.NotEq: Comparator.UNEQUAL,
    ast.Lt: Comparator.LESS,
    ast.LtE: Comparator.AT_MOST,
    ast.Gt: Comparator.GREATER,
    ast.GtE: Comparator.AT_LEAST,
}
_OPERATORS: dict[type[ast.operator], Operator] = {
    ast.Add: Operator.PLUS,
    ast.Sub: Operator.MINUS,
    ast.Mult: Operator.TIMES,
    ast.Div: Operator.OVER,
}
_UNITS = {f"{unit.value}_between": unit for unit in Unit}
CALLS = frozenset({"date", "last", "parameter", "min", "max", *_UNITS})
_LARGEST = 2**63
_EXPRESSION = (
    "an expression is an attribute, a constant, today, date(...), last(...), parameter(...), + - * /, min, max"
)
_WORDS = frozenset({"true", "false", "null", "today"})


class ExpressionParser:
    """Reads the expressions of one rule; `text` is what errors quote."""

    def __init__(self, text: str) -> None:
        self._text = text

    def expression(self, node: ast.expr) -> Expression:
        """The value that a part of the text stands for. Raises CatalogueError."""
        match node:
            case ast.Name(id="today"):
                return Today()
            case ast.Name() if self.is_attribute(node):
                return Attribute(node.id)
            case ast.BinOp():
                return self._worked_out(node)
            case ast.Call():
                return self._call(node)
        return Constant(self.constant(node))

    def attribute(self, node: ast.expr) -> str:
        """An attribute's name. Raises CatalogueError."""
        if not isinstance(node, ast.Name) or not self.is_attribute(node):
            raise self.wrong(f"{ast.unparse(node)} is not an attribute's name", "compare an attribute with a constant")
        return node.id

    def is_attribute(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id not in _WORDS

    def constant(self, node: ast.expr) -> Scalar:
        """A number as float, a text, true or false. Raises CatalogueError."""
        if isinstance(node, ast.Name) and node.id in ("true", "false"):
            return node.id == "true"
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = self.constant(node.operand)
            if isinstance(value, float):
                return -value
        if isinstance(node, ast.Constant) and isinstance(node.value, bool | str):
            return node.value
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and abs(node.value) < _LARGEST:
            return float(node.value)
        raise self.wrong(
            f"{ast.unparse(node)} is not a constant", "an attribute is compared with a number, text, true or false"
        )

    def call(self, node: ast.Call) -> tuple[str, list[Scalar], dict[str | None, Scalar]]:
        """Name and arguments of a call whose arguments are constants."""
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        given = [self.constant(argument) for argument in node.args]
        return name, given, {word.arg: self.constant(word.value) for word in node.keywords}

    def period(self, text: str) -> str:
        """An ISO 8601 period. Raises CatalogueError."""
        try:
            return check_period(text)
        except ValueError as error:
            raise self.wrong(str(error), "write P1Y, P3M or P10D") from error

    def _days(self, text: str) -> str:
        try:
            span(text)
        except ValueError as error:
            raise self.wrong(str(error), "write P1Y, P3M or P10D") from error
        return text

    def word(self, value: Scalar) -> str:
        """A name in quotes. Raises CatalogueError."""
        if not isinstance(value, str) or not value:
            raise self.wrong(f"{value!r} is not a name in quotes", "write the name in quotes")
        return value

    def wrong(self, what: str, mend: str) -> CatalogueError:
        return CatalogueError(f"rule {self._text!r}: {what}", mend=mend)

    def _worked_out(self, node: ast.BinOp) -> Expression:
        operator = _OPERATORS.get(type(node.op))
        if operator is None:
            raise self.wrong(f"{ast.unparse(node)} is not in the language", "only + - * / work anything out")
        if isinstance(node.right, ast.Constant) and isinstance(node.right.value, str):
            if operator not in (Operator.PLUS, Operator.MINUS):
                raise self.wrong(f"{ast.unparse(node)} is not in the language", "a date moves by + 'P1Y' or - 'P60D'")
            return Shifted(self.expression(node.left), self._days(node.right.value), operator is Operator.PLUS)
        left, right = self.expression(node.left), self.expression(node.right)
        for side in (left, right):
            if isinstance(side, Constant) and not isinstance(side.value, float):
                raise self.wrong(f"{side.value!r} is not a number", "only numbers are worked out")
        return Arithmetic(left, operator, right)

    def _call(self, node: ast.Call) -> Expression:
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        if node.keywords or name not in CALLS:
            raise self.wrong(f"{ast.unparse(node)} is not in the language", _EXPRESSION)
        if name in ("min", "max"):
            if len(node.args) < 2:
                raise self.wrong(f"{ast.unparse(node)}: of two or more", "write min(a, b)")
            return Extreme(tuple(self.expression(part) for part in node.args), name == "max")
        if name in _UNITS:
            if len(node.args) != 2:
                raise self.wrong(f"{ast.unparse(node)}: between two dates", f"write {name}(birth_date, today)")
            return Between(_UNITS[name], self.expression(node.args[0]), self.expression(node.args[1]))
        if len(node.args) != 1:
            raise self.wrong(f"{ast.unparse(node)}: of one name", f"write {name}('...')")
        word = self.word(self.constant(node.args[0]))
        if name == "date":
            return self._day(word)
        return Last(EventType(word)) if name == "last" else Parameter(word)

    def _day(self, text: str) -> Expression:
        try:
            return Day(date.fromisoformat(text).isoformat())
        except ValueError as error:
            raise self.wrong(f"{text!r} is not a day", "write date('2025-01-31')") from error

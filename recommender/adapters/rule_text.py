"""A rule's text to a rule: Python's own `ast` with a whitelist, so that nothing is ever executed."""

import ast

from recommender.errors import CatalogueError
from recommender.facts import Scalar
from recommender.identifiers import EventType, ServiceId
from recommender.instants import check_period
from recommender.rules import AllOf, Comparator, Comparison, Happened, Held, Membership, Rule

_COMPARATORS: dict[type[ast.cmpop], Comparator] = {
    ast.Eq: Comparator.EQUAL,
    ast.NotEq: Comparator.UNEQUAL,
    ast.Lt: Comparator.LESS,
    ast.LtE: Comparator.AT_MOST,
    ast.Gt: Comparator.GREATER,
    ast.GtE: Comparator.AT_LEAST,
}
_TURNED = {
    Comparator.LESS: Comparator.GREATER,
    Comparator.AT_MOST: Comparator.AT_LEAST,
    Comparator.GREATER: Comparator.LESS,
    Comparator.AT_LEAST: Comparator.AT_MOST,
}
_ORDERED = frozenset(_TURNED)
_LARGEST = 2**63
_GRAMMAR = "a rule is comparisons, in (...), happened('event', within='P1Y'), held('service') and `and`"


def parse_rule(text: str) -> Rule:
    """Give the rule that `text` says.

    Numbers become float; true and false may be written either way. A constant may stand on either side, and
    `18 <= age < 65` is two comparisons. Raises CatalogueError that names the rule and what is wrong with it.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error) or "too deep"
        raise CatalogueError(f"rule {text!r}: not readable ({reason})", mend=_GRAMMAR) from error
    return _Parser(text).rule(tree.body)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text

    def rule(self, node: ast.expr) -> Rule:
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            return AllOf(tuple(self.rule(value) for value in node.values))
        if isinstance(node, ast.Compare):
            parts = self._compared(node)
            return parts[0] if len(parts) == 1 else AllOf(tuple(parts))
        if isinstance(node, ast.Call):
            return self._called(node)
        if isinstance(node, ast.Name):
            raise self._wrong(f"{node.id} alone is not a condition", f"write {node.id} == true")
        if isinstance(node, ast.BoolOp) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
            word = "or" if isinstance(node, ast.BoolOp) else "not"
            raise self._wrong(f"`{word}` is not in the language yet", "write a criterion each, != or in (...)")
        raise self._wrong(f"{ast.unparse(node)} is not in the language", _GRAMMAR)

    def _compared(self, node: ast.Compare) -> list[Rule]:
        sides = [node.left, *node.comparators]
        return [self._pair(sides[i], op, sides[i + 1]) for i, op in enumerate(node.ops)]

    def _pair(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Rule:
        if isinstance(op, ast.In):
            return self._membership(left, right)
        comparator = _COMPARATORS.get(type(op))
        if comparator is None:
            raise self._wrong("only ==, !=, <, <=, >, >= and in compare", _GRAMMAR)
        if not self._is_attribute(left):
            left, right, comparator = right, left, _TURNED.get(comparator, comparator)
        attribute, constant = self._attribute(left), self._constant(right)
        if comparator in _ORDERED and not isinstance(constant, float):
            raise self._wrong(f"{constant!r} has no order", "compare with a number, or use == or in (...)")
        return Comparison(attribute, comparator, constant)

    def _membership(self, left: ast.expr, right: ast.expr) -> Rule:
        if not isinstance(right, ast.Tuple | ast.List | ast.Set) or not right.elts:
            raise self._wrong(
                "after `in` stands a list of constants", "write in ('a', 'b'), with a comma after a single one"
            )
        constants = [self._constant(element) for element in right.elts]
        if len({type(constant) for constant in constants}) > 1:
            raise self._wrong("the constants after `in` are of several types", "use one type")
        return Membership(self._attribute(left), frozenset(constants))

    def _called(self, node: ast.Call) -> Rule:
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        given = [self._constant(argument) for argument in node.args]
        named = {word.arg: self._constant(word.value) for word in node.keywords}
        if name == "happened" and len(given) == 1 and set(named) == {"within"}:
            return Happened(EventType(self._word(given[0])), self._period(self._word(named["within"])))
        if name == "held" and len(given) == 1 and not named:
            return Held(ServiceId(self._word(given[0])))
        raise self._wrong(f"{ast.unparse(node)} is not in the language", _GRAMMAR)

    def _period(self, text: str) -> str:
        try:
            return check_period(text)
        except ValueError as error:
            raise self._wrong(str(error), "write P1Y, P3M or P10D") from error

    def _word(self, value: Scalar) -> str:
        if not isinstance(value, str) or not value:
            raise self._wrong(f"{value!r} is not a name in quotes", _GRAMMAR)
        return value

    def _is_attribute(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id not in ("true", "false", "null")

    def _attribute(self, node: ast.expr) -> str:
        if not isinstance(node, ast.Name) or not self._is_attribute(node):
            raise self._wrong(f"{ast.unparse(node)} is not an attribute's name", "compare an attribute with a constant")
        return node.id

    def _constant(self, node: ast.expr) -> Scalar:
        if isinstance(node, ast.Name) and node.id in ("true", "false"):
            return node.id == "true"
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = self._constant(node.operand)
            if isinstance(value, float):
                return -value
        if isinstance(node, ast.Constant) and isinstance(node.value, bool | str):
            return node.value
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and abs(node.value) < _LARGEST:
            return float(node.value)
        raise self._wrong(
            f"{ast.unparse(node)} is not a constant", "an attribute is compared with a number, text, true or false"
        )

    def _wrong(self, what: str, mend: str) -> CatalogueError:
        return CatalogueError(f"rule {self._text!r}: {what}", mend=mend)

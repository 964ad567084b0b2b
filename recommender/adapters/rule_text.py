"""A rule's text to a rule: Python's own `ast` with a whitelist, so that nothing is ever executed."""

import ast
import tokenize
import warnings
from io import StringIO

from recommender.adapters.expression_text import CALLS, COMPARATORS, ExpressionParser
from recommender.compiling import ORDERED, TURNED
from recommender.errors import CatalogueError
from recommender.facts import Scalar
from recommender.identifiers import EventType, ServiceId
from recommender.rule_checks import type_faults
from recommender.rules import (
    COUNTED_AT_MOST,
    AllOf,
    AnyOf,
    Attribute,
    Comparator,
    Comparison,
    Constant,
    Counted,
    Happened,
    Held,
    Membership,
    Not,
    Relation,
    Rule,
    Today,
    Used,
)
from recommender.subjects import expressions_of, subjects_of

_LONGEST, _DEEPEST = 2_000, 60
_GRAMMAR = (
    "a rule is comparisons, in (...), happened('event', within='P1Y'), count(...), held('service'), used('service'), "
    "and, or, not; see docs/rules.md"
)


def parse_rule(text: str) -> Rule:
    """Give the rule that `text` says.

    Numbers become float; true and false may be written either way. A constant may stand on either side, and
    `18 <= age < 65` is two comparisons. Raises CatalogueError that names the rule and what is wrong with it.
    """
    if len(text) > _LONGEST:
        raise CatalogueError(f"rule {text[:40]!r}...: longer than {_LONGEST} characters", mend="write criteria of it")
    try:
        tree = _tree(" ".join(text.split("\n")).strip())
        parser = _Parser(text)
        rule = parser.rule(tree.body)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error) or "too deep"
        raise CatalogueError(f"rule {text!r}: not readable ({reason})", mend=_GRAMMAR) from error
    for what, mend in type_faults(rule, {}):  # what is wrong whatever the attributes are
        raise parser.wrong(what, mend)
    return rule


def _tree(line: str) -> ast.Expression:
    """Python's syntax tree of a rule. Raises ValueError for a comment, and for nesting that only a machine writes."""
    with warnings.catch_warnings():  # Python's own doubts about its own syntax: 'a'('b') calls a text
        warnings.simplefilter("ignore")
        tree = ast.parse(line, mode="eval")
    if "#" in line and any(t.type == tokenize.COMMENT for t in tokenize.generate_tokens(StringIO(line).readline)):
        raise ValueError("a rule has no comments: what stands behind # would be left out unseen")
    level: list[ast.AST] = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if level:
        raise ValueError(f"more than {_DEEPEST} levels of brackets, operators and `not`")
    return tree


class _Parser(ExpressionParser):
    """Conditions and what joins them."""

    def rule(self, node: ast.expr) -> Rule:
        match node:
            case ast.BoolOp(op=ast.And()):
                return AllOf(tuple(self.rule(value) for value in node.values))
            case ast.BoolOp():
                return AnyOf(tuple(self.rule(value) for value in node.values))
            case ast.UnaryOp(op=ast.Not()):
                return Not(self.rule(node.operand))
            case ast.Compare():
                parts = self._compared(node)
                return parts[0] if len(parts) == 1 else AllOf(tuple(parts))
            case ast.Call():
                return self._called(node)
            case ast.Name() if self.is_attribute(node):
                return Comparison(node.id, Comparator.EQUAL, True)
        raise self.wrong(f"{ast.unparse(node)} is no condition", _GRAMMAR)

    def _compared(self, node: ast.Compare) -> list[Rule]:
        sides = [node.left, *node.comparators]
        return [self._pair(sides[i], op, sides[i + 1]) for i, op in enumerate(node.ops)]

    def _pair(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Rule:
        if isinstance(op, ast.In | ast.NotIn):
            member = self._membership(left, right)
            return Not(member) if isinstance(op, ast.NotIn) else member
        comparator = COMPARATORS.get(type(op))
        if comparator is None:
            raise self.wrong("only ==, !=, <, <=, >, >=, in and not in compare", _GRAMMAR)
        if self._is_count(right):
            left, right, comparator = right, left, TURNED.get(comparator, comparator)
        if isinstance(left, ast.Call) and self._is_count(left):
            return self._counted(left, comparator, right)
        return self._relation(left, comparator, right)

    def _relation(self, left: ast.expr, comparator: Comparator, right: ast.expr) -> Rule:
        a, b = self.expression(left), self.expression(right)
        if isinstance(a, Constant):
            a, b, comparator = b, a, TURNED.get(comparator, comparator)
        if comparator in ORDERED and isinstance(b, Constant) and not isinstance(b.value, float):
            raise self.wrong(f"{b.value!r} has no order", "compare with a number, or use == or in (...)")
        if isinstance(a, Attribute) and isinstance(b, Constant):
            return Comparison(a.name, comparator, b.value)
        found = Relation(a, comparator, b)
        if not subjects_of(found) and not any(isinstance(part, Today) for part in expressions_of(found)):
            raise self.wrong("two constants are compared", "compare an attribute with a constant")
        return found

    def _membership(self, left: ast.expr, right: ast.expr) -> Rule:
        if not isinstance(right, ast.Tuple | ast.List | ast.Set) or not right.elts:
            raise self.wrong(
                "after `in` stands a list of constants", "write in ('a', 'b'), with a comma after a single one"
            )
        constants = [self.constant(element) for element in right.elts]
        if len({type(constant) for constant in constants}) > 1:
            raise self.wrong("the constants after `in` are of several types", "use one type")
        return Membership(self.attribute(left), frozenset(constants))

    def _called(self, node: ast.Call) -> Rule:
        name, given, named = self.call(node)
        if name == "happened" and len(given) == 1 and set(named) <= {"within"}:
            within = self.period(self.word(named["within"])) if named else None
            return Happened(EventType(self.word(given[0])), within)
        if name == "held" and len(given) == 1 and not named:
            return Held(ServiceId(self.word(given[0])))
        if name == "used" and len(given) == 1 and set(named) <= {"within"}:
            within = self.period(self.word(named["within"])) if named else None
            return Used(ServiceId(self.word(given[0])), within)
        if self._is_count(node):
            raise self.wrong("a count alone is no condition", f"write {ast.unparse(node)} >= 2")
        mend = "compare it with something" if name in CALLS else _GRAMMAR
        raise self.wrong(f"{ast.unparse(node)} is no condition", mend)

    def _is_count(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "count"

    def _counted(self, node: ast.Call, comparator: Comparator, other: ast.expr) -> Rule:
        _, given, named = self.call(node)
        if len(given) != 1 or set(named) != {"within"}:
            raise self.wrong(f"{ast.unparse(node)} is not in the language", "write count('event', within='P3Y') >= 2")
        number: Scalar = self.constant(other)
        if isinstance(number, bool) or not isinstance(number, float) or number not in range(COUNTED_AT_MOST + 1):
            raise self.wrong(
                f"{ast.unparse(other)} is not what events can be counted to",
                f"compare a count with a whole number from 0 to {COUNTED_AT_MOST}: older events are not kept",
            )
        within = self.period(self.word(named["within"]))
        return Counted(EventType(self.word(given[0])), within, comparator, int(number))

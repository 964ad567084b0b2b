"""Rules over columns: the answers of a whole population at once, each distinct condition worked out a single time.

The same rule, read from the same text, as `recommender.compiling` answers for one citizen; a property test holds the
two together. Answers are Kleene's values as numbers (0 no, 1 unknown, 2 yes), so that `and` is the least of its parts,
`or` the greatest and `not` what is left of 2: no branch for unknowns, a byte a citizen.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.catalogue import PublicService
from recommender.columnar_values import ColumnValues, Values, of_rows
from recommender.columns import NO_DATE, UNKNOWN, YES, Columns, Floats, HoldingColumn, Ints, TextColumn, Truths
from recommender.compiling import ORDERED, TURNED
from recommender.facts import Scalar
from recommender.parameters import NO_PARAMETERS, Parameters
from recommender.rules import (
    AllOf,
    AnyOf,
    Atom,
    Attribute,
    Comparator,
    Comparison,
    Counted,
    Happened,
    Held,
    Last,
    Membership,
    Not,
    Relation,
    Rule,
    Used,
)
from recommender.windows import BEGINNING

Bools = npt.NDArray[np.bool_]
_OPERATORS: Mapping[Comparator, Callable[[Any, Any], Bools]] = {
    Comparator.EQUAL: np.equal,
    Comparator.UNEQUAL: np.not_equal,
    Comparator.LESS: np.less,
    Comparator.AT_MOST: np.less_equal,
    Comparator.GREATER: np.greater,
    Comparator.AT_LEAST: np.greater_equal,
}


def evaluate(rule: Rule, columns: Columns, parameters: Parameters = NO_PARAMETERS) -> Truths:
    """What one rule answers for every citizen: shape (n,), int8, 0 no, 1 unknown, 2 yes."""
    return ColumnarRules(columns, parameters).rule(rule)


class ColumnarRules:
    """Answers over some columns, remembered by rule and by condition: services that share one share its cost.

    What is given out is not to be written to.
    """

    def __init__(self, columns: Columns, parameters: Parameters = NO_PARAMETERS) -> None:
        self.columns = columns
        self.values = ColumnValues(columns, parameters)
        self._answers: dict[Rule, Truths] = {}
        self._unknown: dict[str, Truths] = {}

    def rule(self, rule: Rule) -> Truths:
        """What a rule answers for every citizen."""
        found = self._answers.get(rule)
        if found is None:
            found = self._of(rule)
            if len(found) != self.columns.n:  # it asks for nothing but the day
                found = np.repeat(found, self.columns.n)
            self._answers[rule] = found
        return found

    def service(self, service: PublicService) -> tuple[list[Truths], Truths]:
        """The answers of a service's criteria, in its order, and whether it may be had: all that are law say yes.

        A criterion that is not law on a citizen's day answers yes there: it asks for nothing.
        """
        answers = [self._in_force(self.rule(c.rule), c.is_law) for c in service.criteria]
        return answers, _least(answers, self.columns.n)

    def _in_force(self, answers: Truths, is_law: Callable[[Any], bool]) -> Truths:
        law = self.values.each_day(is_law)
        return answers if law.all() else np.where(law, answers, np.int8(YES))

    def _of(self, rule: Rule) -> Truths:
        match rule:
            case AllOf():
                return _least([self.rule(part) for part in rule.rules], self.columns.n)
            case AnyOf():
                nothing = np.zeros(self.columns.n, dtype=np.int8)
                return reduce(np.maximum, [self.rule(part) for part in rule.rules], nothing)
            case Not():
                return np.int8(YES) - self.rule(rule.rule)
            case _:
                return self._atom(rule)

    def _atom(self, atom: Atom) -> Truths:
        match atom:
            case Comparison():
                return self._comparison(atom.attribute, atom.comparator, atom.constant)
            case Membership():
                return self._membership(atom)
            case Relation():
                return self._relation(atom)
            case Happened() | Counted():
                return self._event(atom)
            case Held():
                held = self.columns.holdings.get(atom.service_id)
                return self._everybody(0) if held is None else held.holds_now.astype(np.int8) * np.int8(YES)
            case Used():
                history = self.columns.holdings.get(atom.service_id)
                return self._everybody(0) if history is None else self._used(atom, history)

    def _everybody(self, answer: int) -> Truths:
        return np.full(self.columns.n, answer, dtype=np.int8)

    def _comparison(self, name: str, comparator: Comparator, constant: Scalar) -> Truths:
        ordered = comparator in ORDERED
        if isinstance(constant, bool):
            truths = self.columns.booleans.get(name)
            if truths is None or ordered:
                return self._everybody(UNKNOWN)
            return truths if constant is (comparator is Comparator.EQUAL) else np.int8(YES) - truths
        if isinstance(constant, str):
            texts = self.columns.texts.get(name)
            if texts is None or ordered:
                return self._everybody(UNKNOWN)
            same = _listed(texts, frozenset({constant}))
            return same if comparator is Comparator.EQUAL else np.int8(YES) - same
        numbers = self.columns.numbers.get(name)
        if numbers is None:
            return self._everybody(UNKNOWN)
        return self._compared(numbers, comparator, constant, self._unknown_of(name, numbers))

    def _unknown_of(self, name: str, numbers: Floats) -> Truths:
        """1 where an attribute's number is not known: asked by each of its conditions, worked out once."""
        found = self._unknown.get(name)
        if found is None:
            found = self._unknown[name] = np.isnan(numbers).view(np.int8)
        return found

    def _compared(self, a: Floats, comparator: Comparator, b: Floats | float, unknown: Truths) -> Truths:
        if comparator is Comparator.UNEQUAL:
            return np.int8(YES) - self._compared(a, Comparator.EQUAL, b, unknown)
        return _answers(_OPERATORS[comparator](a, b), unknown)

    def _membership(self, rule: Membership) -> Truths:
        name, constants = rule.attribute, rule.constants
        if rule.kind is str:
            texts = self.columns.texts.get(name)
            return self._everybody(UNKNOWN) if texts is None else _listed(texts, constants)
        parts = [self._comparison(name, Comparator.EQUAL, constant) for constant in constants]
        return reduce(np.maximum, parts)

    def _relation(self, rule: Relation) -> Truths:
        turned = TURNED.get(rule.comparator, rule.comparator)
        for left, comparator, right in ((rule.left, rule.comparator, rule.right), (rule.right, turned, rule.left)):
            constant = self.values.fixed(right) if isinstance(left, Attribute) else None
            if isinstance(left, Attribute) and constant is not None:
                return self._comparison(left.name, comparator, constant)
            if isinstance(left, Last) and not isinstance(right, Last):
                return self._ranging(left, comparator, self.values.of(right).numbers)
        a, b = self.values.of(rule.left), self.values.of(rule.right)
        found = self._everybody(UNKNOWN)
        for part in self._by_kind(a, rule.comparator, b):  # of one kind at most is anything known
            found += part - np.int8(UNKNOWN)
        return found

    def _by_kind(self, a: Values, comparator: Comparator, b: Values) -> Iterable[Truths]:
        if a.numbers is not None and b.numbers is not None:
            unknown = np.isnan(a.numbers) | np.isnan(b.numbers)
            yield self._compared(a.numbers, comparator, b.numbers, unknown.view(np.int8))
        if comparator in ORDERED:
            return
        pairs = [_same_text(a.texts, b.texts), _same_truth(a.booleans, b.booleans)]
        for same in pairs:
            if same is not None:
                yield same if comparator is Comparator.EQUAL else np.int8(YES) - same

    def _ranging(self, last: Last, comparator: Comparator, other: Floats | None) -> Truths:
        """Decided where every date in the range answers alike (`compiling._ranging`)."""
        found = self.values.range_of(last)
        if found is None or other is None:
            return self._everybody(UNKNOWN)
        least, greatest = found
        unknown = (np.isnan(least) | np.isnan(other)).view(np.int8)
        if comparator in ORDERED:
            one, another = (self._compared(end, comparator, other, unknown) for end in found)
            return np.where(one == another, one, np.int8(UNKNOWN))
        outside = (other < least) | (other > greatest)
        same = np.where(outside, np.int8(0), np.where(least == greatest, np.int8(YES), np.int8(UNKNOWN)))
        same = np.where(unknown.view(np.bool_), np.int8(UNKNOWN), same)
        return same if comparator is Comparator.EQUAL else np.int8(YES) - same

    def _event(self, atom: Happened | Counted) -> Truths:
        column = self.columns.events.get(atom.event_type)
        nobody = np.zeros(self.columns.n, dtype=np.bool_)
        if column is None:
            known = nobody.astype(np.int64)
            return self._counted(atom, known, nobody) if isinstance(atom, Counted) else self._everybody(UNKNOWN)
        start = np.array([BEGINNING]) if atom.within is None else self.values.starts(atom.within)
        rows = self.values.rows(atom.event_type)
        happened = column.happened_us
        inside = (happened > of_rows(start, rows)) & (happened <= of_rows(self.columns.as_of_us, rows))
        covered: Bools = column.covered_from_us <= start
        if isinstance(atom, Counted):
            return self._counted(atom, np.bincount(rows[inside], minlength=self.columns.n), covered)
        if atom.within is None:  # that it never happened can be told by no register
            covered = nobody
        answers = (~covered).view(np.int8)
        answers[rows[inside]] = YES
        return answers

    def _counted(self, atom: Counted, known: Ints, covered: Bools) -> Truths:
        compare = _OPERATORS[atom.comparator]
        exactly = compare(known, atom.number)
        more = np.stack([compare(np.maximum(known, atom.number + extra), atom.number) for extra in (0, 1)])
        alike = (more == exactly).all(axis=0)
        return _answers(exactly & (covered | alike), (~(covered | alike)).view(np.int8))

    def _used(self, atom: Used, history: HoldingColumn) -> Truths:
        ever = history.holds_now | (history.times_used > 0)
        if atom.within is None:
            return ever.astype(np.int8) * np.int8(YES)
        start, now, last = self.values.starts(atom.within), self.columns.as_of_us, history.last_us
        undated = last == NO_DATE
        later = last > now
        unknown = ever & (undated | (later & (history.times_used > 1)))
        return _answers(ever & ~undated & ~later & (last > start), unknown.view(np.int8))


def _answers(yes: Bools, unknown: Truths) -> Truths:
    """2 where yes, 1 where unknown, else 0; no citizen is both. `yes` is written to."""
    answers = yes.view(np.int8)
    answers <<= 1
    answers += unknown
    return answers


def _least(answers: list[Truths], n: int) -> Truths:
    return reduce(np.minimum, answers) if answers else np.full(n, YES, dtype=np.int8)


def _listed(texts: TextColumn, constants: frozenset[Scalar]) -> Truths:
    """Whether each word is one of the constants."""
    codes, unknown = texts.codes, (texts.codes < 0).view(np.int8)
    wanted = [code for code, word in enumerate(texts.vocabulary) if word in constants]
    if not wanted:
        return unknown
    return _answers(reduce(np.logical_or, [codes == code for code in wanted]), unknown)


def _same_text(a: TextColumn | None, b: TextColumn | None) -> Truths | None:
    if a is None or b is None:
        return None
    places: Mapping[str, int] = {word: place for place, word in enumerate(a.vocabulary)}
    in_a = np.array([*(places.get(word, -2) for word in b.vocabulary), -1], dtype=np.int64)[b.codes]
    unknown = (a.codes < 0) | (b.codes < 0)
    return _answers((a.codes == in_a) & ~unknown, unknown.view(np.int8))


def _same_truth(a: Truths | None, b: Truths | None) -> Truths | None:
    if a is None or b is None:
        return None
    unknown = (a == UNKNOWN) | (b == UNKNOWN)
    return _answers((a == b) & ~unknown, unknown.view(np.int8))

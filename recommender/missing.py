"""What an unknown rule is missing: the subjects whose being known could decide it."""

from collections.abc import Callable, Iterator

from recommender.compiling import compile_rule
from recommender.expressions import Law, compile_expression, compile_range
from recommender.facts import Knowledge
from recommender.rules import AllOf, AnyOf, Atom, Expression, Last, Not, Rule
from recommender.subjects import expressions_of, subject_of, subjects_of
from recommender.windows import Since

Missing = Callable[[Knowledge, Since], frozenset[str]]
_NOTHING: frozenset[str] = frozenset()


def compile_missing(rule: Rule, law: Law | None = None) -> Missing:
    """A function that names the subjects whose being known could decide the rule; empty once it is decided.

    Of `a or b` with a yes nothing is missing; of one with a no and an unknown only the unknown is.
    """
    law = law or Law()
    test, unknown = compile_rule(rule, law), _of_unknown(rule, law)
    return lambda knowledge, starts: unknown(knowledge, starts) if test(knowledge, starts) is None else _NOTHING


def _of_unknown(rule: Rule, law: Law) -> Missing:
    """As `compile_missing`, for a rule that is unknown."""
    if isinstance(rule, AllOf | AnyOf):
        parts = [compile_missing(part, law) for part in rule.rules]
        return lambda knowledge, starts: _NOTHING.union(*[part(knowledge, starts) for part in parts])
    return _of_unknown(rule.rule, law) if isinstance(rule, Not) else _unknown_subjects(rule, law)


def _unknown_subjects(atom: Atom, law: Law) -> Missing:
    """What an unknown atom asks about and is not known; all of it where everything is (a value of another type)."""
    every = subjects_of(atom, law.parameters)
    asked = list(_asked(atom, law))
    if len(every) == 1 or not asked:
        return lambda k, s: every
    return lambda k, s: frozenset([subject for subject, is_open in asked if is_open(k, s)]) or every


def _asked(atom: Atom, law: Law) -> Iterator[tuple[str, Callable[[Knowledge, Since], bool]]]:
    for expression in expressions_of(atom):
        subject = subject_of(expression, law.parameters)
        if subject is not None:
            yield subject, _openness(expression, law)


def _openness(expression: Expression, law: Law) -> Callable[[Knowledge, Since], bool]:
    """Whether a value is not known; a last date is not while there may have been a later one."""
    if isinstance(expression, Last):
        within = compile_range(expression, law)

        def may_be_later(knowledge: Knowledge, starts: Since) -> bool:
            found = within(knowledge, starts)
            return found is None or found[0] != found[1]

        return may_be_later
    value = compile_expression(expression, law)
    return lambda knowledge, starts: value(knowledge, starts) is None

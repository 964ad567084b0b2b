"""The best question: which one missing attribute, if told, would settle the most expected value?

The value of a question is the sum, over the services shown whose status is unknown, of the service's score times the
share of plausible answers that would settle it. Plausible answers are the choices that the catalogue gives, else one
of every stretch between the constants that the rules compare the attribute with, all equally likely: an assumption, and
the only one that needs no data on people who did not answer.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from recommender.catalogue import Catalogue
from recommender.compiling import Test, atoms_of, compile_rule, periods_of, subjects_of
from recommender.decision import Candidate, Status
from recommender.eligibility import STATUS
from recommender.expressions import Law
from recommender.facts import Knowledge, Scalar
from recommender.identifiers import ServiceId
from recommender.rules import Comparison, Membership, Rule
from recommender.service_terms import Question
from recommender.windows import since

_LEAST = 0.01
"""Weight of a service that the model does not score."""

_OTHER = "other"


class Asked(NamedTuple):
    """One question, what answering it is worth, and the services that it would settle, most needed first."""

    attribute: str
    value: float
    services: tuple[ServiceId, ...]


@dataclass(frozen=True)
class Questions:
    """A catalogue's questions for one time of its law; made once a day, because laws change at midnight.

    concerned : per place of a service and attribute, the criteria that ask for it: place among the results, and test.
    answers   : plausible answers per attribute.
    """

    concerned: Mapping[tuple[int, str], tuple[tuple[int, Test], ...]]
    answers: Mapping[str, tuple[Scalar, ...]]
    periods: tuple[str, ...]
    zone: str

    @classmethod
    def compile(cls, catalogue: Catalogue, law: Law, may_ask: Collection[str]) -> "Questions":
        """may_ask: the attributes that a citizen may be asked for."""
        concerned: dict[tuple[int, str], tuple[tuple[int, Test], ...]] = {}
        rules: dict[str, list[Rule]] = {}
        periods: set[str] = set()
        for place, service in enumerate(catalogue.services):
            criteria = service.criteria_at(law.day) if law.day is not None else service.criteria
            for number, criterion in enumerate(criteria):
                periods |= set(periods_of(criterion.rule))
                for name in subjects_of(criterion.rule, law.parameters) & set(may_ask):
                    tests = concerned.get((place, name), ())
                    concerned[place, name] = (*tests, (number, compile_rule(criterion.rule, law)))
                    rules.setdefault(name, []).append(criterion.rule)
        answers = {name: plausible(name, found, catalogue.questions.get(name)) for name, found in rules.items()}
        return cls(concerned, answers, tuple(sorted(periods)), law.zone)

    def best(self, knowledge: Knowledge, candidates: Sequence[Candidate]) -> Asked | None:
        """The question worth most; None when no unknown service could be settled by one answer.

        candidates : all of a decision, in the catalogue's order. Ties go to the attribute first in the alphabet.
        """
        open_places = [
            (place, candidate)
            for place, candidate in enumerate(candidates)
            if candidate.status is Status.UNKNOWN and candidate.rank is not None
        ]
        names = sorted({name for _, candidate in open_places for name in candidate.missing} & self.answers.keys())
        if not names:
            return None
        starts = since(knowledge, self.periods, self.zone)
        found: list[tuple[float, str, tuple[ServiceId, ...]]] = []
        for name in names:
            filled = [
                replace(knowledge, attributes={**knowledge.attributes, name: value}) for value in self.answers[name]
            ]
            worth = 0.0
            settled: list[tuple[int, ServiceId]] = []
            for place, candidate in open_places:
                tests = self.concerned.get((place, name))
                if tests is None or name not in candidate.missing:
                    continue
                share = sum(_settles(candidate, [(n, t(k, starts)) for n, t in tests]) for k in filled) / len(filled)
                worth += share * (candidate.score if candidate.score == candidate.score else _LEAST)
                if share:
                    settled.append((candidate.rank or 0, candidate.service_id))
            if settled:
                found.append((-worth, name, tuple(service_id for _, service_id in sorted(settled))))
        if not found:
            return None
        worth, name, services = min(found)
        return Asked(name, -worth, services)


def _settles(candidate: Candidate, answered: Sequence[tuple[int, bool | None]]) -> bool:
    """Whether the service's status is known once these criteria answer so."""
    results = list(candidate.results)
    for number, truth in answered:
        results[number] = STATUS[truth]
    return Status.NOT_ELIGIBLE in results or Status.UNKNOWN not in results


def plausible(name: str, rules: Sequence[Rule], question: Question | None) -> tuple[Scalar, ...]:
    """The answers that a question may get: its choices, else one of every stretch between the rules' constants."""
    if question is not None and question.choices:
        return tuple(question.choices)
    constants: set[Scalar] = set()
    for atom in (atom for rule in rules for atom in atoms_of(rule)):
        if isinstance(atom, Comparison) and atom.attribute == name:
            constants.add(atom.constant)
        if isinstance(atom, Membership) and atom.attribute == name:
            constants |= atom.constants
    if any(isinstance(constant, str) for constant in constants):
        return (*sorted(constant for constant in constants if isinstance(constant, str)), _OTHER)
    if any(isinstance(constant, bool) for constant in constants):
        return (True, False)
    numbers = sorted(float(constant) for constant in constants) or [0.0]
    between = [(a + b) / 2 for a, b in pairwise(numbers)]
    return tuple(sorted({numbers[0] - 1, *numbers, *between, numbers[-1] + 1}))

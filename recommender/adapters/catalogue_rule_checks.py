"""A catalogue's rules: readable, of known names and fitting types, neither always nor never true, none for nothing."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations
from typing import NamedTuple

from recommender.adapters.catalogue_checked import Checked, Names, Place, known_name
from recommender.adapters.catalogue_date_checks import days_of, is_law
from recommender.adapters.catalogue_files import Fault, File
from recommender.adapters.rule_text import parse_rule
from recommender.adapters.yaml_forms import CriterionForm, ServiceForm
from recommender.errors import CatalogueError
from recommender.references import nearest
from recommender.rule_checks import type_faults
from recommender.rule_reasoning import follows, possible_answers, unknowns
from recommender.rules import AllOf, Comparison, Membership, Rule
from recommender.subjects import atoms_of, subjects_of


class _Ruled(NamedTuple):
    """A criterion whose rule could be read, and its number in the file."""

    number: int
    form: CriterionForm
    rule: Rule

    @property
    def place(self) -> Place:
        return ("criteria", self.number, "rule")


def rules(checked: Checked, file: File) -> Iterator[Fault]:
    """Each rule by itself, then what the rules in force together can still decide."""
    read: list[_Ruled] = []
    for number, criterion in enumerate(file.form.criteria):
        try:
            ruled = _Ruled(number, criterion, parse_rule(criterion.rule))
        except CatalogueError as error:
            yield file.fault(("criteria", number, "rule"), error.message, error.mend)
            continue
        yield from _alone(checked, file, ruled)
        read.append(ruled)
    deciding = [ruled for ruled in read if len(possible_answers(ruled.rule)) == 2]
    yield from dict.fromkeys(fault for day in days_of(file.form) for fault in _shadowed(file, deciding, day))
    yield from _together(checked, file, deciding)


def _alone(checked: Checked, file: File, ruled: _Ruled) -> Iterator[Fault]:
    known: dict[str, Names] = {
        "attribute": checked.attributes,
        "event": checked.events,
        "service": checked.services,
        "parameter": checked.of_shared(checked.parameters.by_name),
    }
    for subject in sorted(subjects_of(ruled.rule)):
        kind, _, name = subject.rpartition(":")
        called = "life event" if kind == "event" else kind or "attribute"
        yield from known_name(file, ruled.place, called, name, known[kind or "attribute"])
    for what, mend in type_faults(ruled.rule, checked.data.kinds or {}, checked.parameters):
        yield file.fault(ruled.place, what, mend)
    answers = possible_answers(ruled.rule)
    if len(answers) == 1:
        word = "always" if True in answers else "never"
        what = f"this rule is {word} true, whoever asks"
        yield file.fault(ruled.place, what, "see whether a number or a word is wrong")
    yield from _unheard(checked, file, ruled)


def _unheard(checked: Checked, file: File, ruled: _Ruled) -> Iterator[Fault]:
    """Words that no register ever told of the attribute they are compared with."""
    for atom in atoms_of(ruled.rule):
        if not isinstance(atom, Comparison | Membership):
            continue
        heard = (checked.data.words or {}).get(atom.attribute)
        constants = atom.constants if isinstance(atom, Membership) else {atom.constant}
        for word in sorted(str(constant) for constant in constants if isinstance(constant, str)):
            if heard is not None and word not in heard:
                what = f"no register has told of anybody whose {atom.attribute} is {word!r}"
                yield file.fault(ruled.place, what, nearest(word, heard), grave=False)


def _shadowed(file: File, read: Sequence[_Ruled], day: date) -> Iterator[Fault]:
    """Criteria that never decide anything, because another in force on the day decides it first."""
    law = [ruled for ruled in read if is_law(ruled.form.in_force, day)]
    for first, second in combinations(law, 2):
        if not unknowns(first.rule) & unknowns(second.rule):
            continue
        same = follows(first.rule, second.rule), follows(second.rule, first.rule)
        if all(same):
            what = f"criterion {second.form.id} asks what {first.form.id} asked: it never decides anything"
            yield file.fault(second.place, what, "leave one of them out")
        elif any(same):
            idle, other = (first, second) if same[0] else (second, first)
            what = f"criterion {idle.form.id} never decides anything: whoever meets {other.form.id} meets it"
            yield file.fault(idle.place, what, "leave it out, unless its words are wanted", grave=False)


def _together(checked: Checked, file: File, read: Sequence[_Ruled]) -> Iterator[Fault]:
    """That no citizen can meet all criteria of some day, said for the first such day."""
    form: ServiceForm = file.form
    where: tuple[Rule, ...] = ()
    if form.jurisdiction is not None and form.jurisdiction.by in checked.shared.residence:
        residence = checked.shared.residence[form.jurisdiction.by]
        where = (Membership(residence, frozenset(form.jurisdiction.regions)),)
    for day in days_of(form):
        law = (*(ruled.rule for ruled in read if is_law(ruled.form.in_force, day)), *where)
        if possible_answers(AllOf(law)) == {False}:
            what = "no citizen can meet all criteria together" + (f" from {day} on" if day > date.min else "")
            yield file.fault(("criteria",), what, "see which two contradict each other")
            return

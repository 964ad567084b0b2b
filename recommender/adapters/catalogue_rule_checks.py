"""A catalogue's rules and the dates between which they are law."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from itertools import pairwise

from recommender.adapters.catalogue_checked import Checked, Place, known_name
from recommender.adapters.catalogue_files import Fault, File
from recommender.adapters.rule_text import parse_rule
from recommender.adapters.yaml_forms import CriterionForm, ServiceForm, Span
from recommender.compiling import subjects_of
from recommender.errors import CatalogueError
from recommender.rule_checks import possible_answers, type_faults
from recommender.rules import AllOf, Rule


def rules(checked: Checked, file: File) -> Iterator[Fault]:
    """Each criterion's rule: readable, of known names, of types that go together, neither always nor never true."""
    parsed: list[tuple[CriterionForm, Rule]] = []
    for number, criterion in enumerate(file.form.criteria):
        place = ("criteria", number, "rule")
        try:
            rule = parse_rule(criterion.rule)
        except CatalogueError as error:
            yield file.fault(place, error.message, error.mend)
            continue
        yield from _of_rule(checked, file, place, rule)
        parsed.append((criterion, rule))
    for day in _days(file.form):
        law = tuple(rule for criterion, rule in parsed if _is_law(criterion.in_force, day))
        alone = any(possible_answers(rule) == {False} for rule in law)
        if not alone and len(law) > 1 and possible_answers(AllOf(law)) == {False}:
            what = "no citizen can meet all criteria together" + (f" from {day} on" if day > date.min else "")
            yield file.fault(("criteria",), what, "see which two contradict each other")
            return


def _of_rule(checked: Checked, file: File, place: Place, rule: Rule) -> Iterator[Fault]:
    known: dict[str, Collection[str] | None] = {
        "attribute": None if checked.data.kinds is None else {*checked.data.kinds, *checked.shared.questions},
        "event": checked.data.events,
        "service": checked.ids,
        "parameter": checked.parameters.by_name,
    }
    for subject in sorted(subjects_of(rule)):
        kind, _, name = subject.rpartition(":")
        called = "life event" if kind == "event" else kind or "attribute"
        yield from known_name(file, place, called, name, known[kind or "attribute"])
    for what, mend in type_faults(rule, checked.data.kinds or {}, checked.parameters):
        yield file.fault(place, what, mend)
    answers = possible_answers(rule)
    if len(answers) == 1:
        word = "always" if True in answers else "never"
        yield file.fault(place, f"this rule is {word} true, whoever asks", "see whether a number or a word is wrong")


def dates(checked: Checked, file: File) -> Iterator[Fault]:
    """Law dates: wordings of one criterion neither overlap nor leave a gap, and lie within the service's own."""
    form: ServiceForm = file.form
    versions: dict[str, list[tuple[date, date, int]]] = {}
    for number, criterion in enumerate(form.criteria):
        first, last = _ends(criterion.in_force)
        versions.setdefault(criterion.id, []).append((first, last, number))
        valid_first, valid_last = _ends(form.valid)
        if last < valid_first or first > valid_last:
            what = f"criterion {criterion.id} is never asked: it is law only while the service is not valid"
            yield file.fault(("criteria", number, "in_force"), what, "mend its dates or those of the service")
    for criterion_id, spans in versions.items():
        for (_, ends, _), (begins, _, number) in pairwise(sorted(spans)):
            place: Place = ("criteria", number)
            if begins <= ends:
                what = f"two wordings of criterion {criterion_id} are law on {begins}"
                yield file.fault(place, what, "let one end the day before the other begins")
            elif begins > ends + timedelta(days=1):
                what = f"criterion {criterion_id} is not law between {ends} and {begins}"
                yield file.fault(place, what, "close the gap, or say so in another criterion", grave=False)
    yield from dict.fromkeys(fault for day in _days(form) for fault in _asked_twice(file, day))


def _asked_twice(file: File, day: date) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for number, criterion in enumerate(file.form.criteria):
        rule = " ".join(criterion.rule.split())
        if not _is_law(criterion.in_force, day):
            continue
        if rule in seen:
            what = f"criterion {criterion.id} asks what {seen[rule]} asked: it never decides anything"
            yield file.fault(("criteria", number, "rule"), what, "leave one of them out")
        seen.setdefault(rule, criterion.id)


def _ends(span: Span) -> tuple[date, date]:
    return span.first or date.min, span.last or date.max


def _is_law(span: Span, day: date) -> bool:
    first, last = _ends(span)
    return first <= day <= last


def _days(form: ServiceForm) -> list[date]:
    """The first day of every wording: one day at least of every time between two changes of the service's law."""
    return sorted({_ends(criterion.in_force)[0] for criterion in form.criteria})

"""What `_catalogue.yaml` names: life events, bundles, parameters, questions, residence."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from math import isfinite

from recommender.adapters.catalogue_checked import Checked, Place, known_name
from recommender.adapters.catalogue_files import Fault, File
from recommender.adapters.rule_text import parse_rule
from recommender.adapters.yaml_forms import BundleForm, ParameterForm, QuestionForm, SharedForm
from recommender.errors import CatalogueError
from recommender.references import nearest
from recommender.rule_checks import Kind
from recommender.rules import Rule
from recommender.subjects import parameters_in, subjects_of


def shared_names(checked: Checked, file: File) -> Iterator[Fault]:
    """Every name, and what nothing refers to."""
    form: SharedForm = file.form
    kinds = checked.data.kinds
    for event in form.life_events:
        heard = checked.data.heard
        if heard is not None and event not in heard:
            what = f"no register has told of a life event {event!r}"
            yield file.fault(("life_events", event), what, "see whether registers call it so", grave=False)
    for event in form.pauses:
        yield from known_name(file, ("pauses", event), "life event", event, checked.events)
    for key, bundle in form.bundles.items():
        yield from _bundle(checked, file, key, bundle)
    for residence, attribute in form.residence.items():
        yield from known_name(file, ("residence", residence.value), "attribute", attribute, kinds)
    for name, parameter in form.parameters.items():
        if parameter.by is not None:
            yield from known_name(file, ("parameters", name, "by"), "attribute", parameter.by, kinds)
        yield from _gaps(file, name, parameter)
    for attribute, question in form.questions.items():
        yield from _choices(checked, file, attribute, question)
    yield from _unused(checked, file)


def _choices(checked: Checked, file: File, attribute: str, question: QuestionForm) -> Iterator[Fault]:
    """Answers that would not be of the attribute's kind, and words that no register uses for it."""
    kind = (checked.data.kinds or {}).get(attribute)
    heard = (checked.data.words or {}).get(attribute)
    for choice in question.choices:
        place: Place = ("questions", attribute, "choices", choice)
        if kind is Kind.BOOLEAN and choice not in ("true", "false"):
            yield file.fault(place, f"{attribute} is true or false, {choice!r} is neither", "write 'true' and 'false'")
        elif kind is Kind.NUMBER and not _is_number(choice):
            yield file.fault(place, f"{attribute} is a number, {choice!r} is none", "write a number in quotes")
        elif kind is Kind.TEXT and heard is not None and choice not in heard:
            what = f"no register has told of anybody whose {attribute} is {choice!r}"
            yield file.fault(place, what, nearest(choice, heard), grave=False)


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def _bundle(checked: Checked, file: File, key: str, bundle: BundleForm) -> Iterator[Fault]:
    yield from known_name(file, ("bundles", key, "event"), "life event", bundle.event, checked.events)
    for number, service_id in enumerate(bundle.services):
        place: Place = ("bundles", key, "services", number)
        yield from known_name(file, place, "service", service_id, checked.services)
        if service_id in bundle.services[:number]:
            yield file.fault(place, f"{service_id} stands twice in bundle {key}", "leave one of them out")
        service = checked.ids.get(service_id)
        if service is not None and bundle.event not in {answer.event for answer in service.form.answers}:
            what = f"{service_id} does not answer {bundle.event}, the life event of bundle {key}"
            yield file.fault(place, what, f"add it to the answers of {service.path.name}")


def _gaps(file: File, name: str, parameter: ParameterForm) -> Iterator[Fault]:
    """Days between two values on which the parameter has none, so that rules over it are unknown."""
    spans = sorted(
        (value.first or date.min, value.last or date.max, number) for number, value in enumerate(parameter.values)
    )
    for (_, ends, _), (begins, _, number) in pairwise(spans):
        if begins > ends + timedelta(days=1):
            what = f"parameter {name} has no value between {ends} and {begins}"
            yield file.fault(("parameters", name, "values", number), what, "close the gap", grave=False)


def _unused(checked: Checked, file: File) -> Iterator[Fault]:
    """Questions and parameters that no rule needs; nothing is said while a file could not be read."""
    if checked.read.unread:
        return
    rules = list(_rules(checked))
    asked = frozenset[str]().union(*(subjects_of(rule, checked.parameters) for rule in rules))
    asked |= {str(answer.date) for service in checked.read.services for answer in service.form.answers}
    asked |= set(checked.shared.residence.values())
    named = {name for rule in rules for name in parameters_in(rule)}
    for attribute in checked.shared.questions:
        if attribute not in asked:
            what = f"nobody is ever asked for {attribute}: no rule looks at it"
            yield file.fault(("questions", attribute), what, "correct the name, or leave the question out", grave=False)
    for name in checked.shared.parameters:
        if name not in named:
            what = f"no rule uses parameter {name}"
            yield file.fault(("parameters", name), what, "correct the name, or leave it out", grave=False)


def _rules(checked: Checked) -> Iterator[Rule]:
    for service in checked.read.services:
        for criterion in service.form.criteria:
            try:
                yield parse_rule(criterion.rule)
            except CatalogueError:
                continue

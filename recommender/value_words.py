"""What a rule looked at, in words: the value of an attribute, when a life event happened, what is held."""

from collections.abc import Mapping
from dataclasses import dataclass

from recommender.catalogue import Catalogue, Texts
from recommender.expressions import Law, compile_expression
from recommender.facts import Holding, Knowledge, Scalar
from recommender.identifiers import EventType, ServiceId
from recommender.instants import from_us
from recommender.reasons import Wording, choose, day_words, event_name
from recommender.rule_words import constant_words
from recommender.rules import Parameter, Rule
from recommender.subjects import parameters_in, subjects_of
from recommender.windows import Since

_WORDS: Mapping[str, Texts] = {
    "yes": {"en": "yes", "zh": "是", "es": "sí"},
    "no": {"en": "no", "zh": "否", "es": "no"},
    "unknown": {"en": "not known", "zh": "未知", "es": "no consta"},
    "none": {
        "en": "none recorded, and the register covers the time since {since}",
        "zh": "没有登记，登记自 {since} 起完整",
        "es": "ninguno registrado, y el registro cubre el tiempo desde el {since}",
    },
    "none_ever": {"en": "none recorded", "zh": "没有登记", "es": "ninguno registrado"},
    "uncovered": {
        "en": "none recorded, which proves nothing: no register covers this person for it",
        "zh": "没有登记，但没有登记机构完整记录此人的该项事实，不能据此认定没有发生",
        "es": "ninguno registrado, lo que no prueba nada: ningún registro cubre a esta persona",
    },
    "held": {"en": "held now", "zh": "目前享有", "es": "la tiene ahora"},
    "was_held": {
        "en": "not held now, used {times} times before",
        "zh": "目前未享有，曾使用 {times} 次",
        "es": "no la tiene ahora; usada {times} veces",
    },
    "not_held": {"en": "not held", "zh": "未享有", "es": "no la tiene"},
}
_ALWAYS = -(2**62)
"""Since when a register that covers everybody covers them (`FeatureSchema.knowledge`)."""


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom values are put into words.

    dates : attributes whose values are days, in microseconds.
    """

    language: str
    wording: Wording
    catalogue: Catalogue
    dates: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Looked:
    """One thing that a rule looked at: attribute, `event:<type>`, `service:<id>` or `parameter:<name>`.

    name, words : what it is called and what was known of it.   known : whether anything was.
    """

    subject: str
    name: str
    words: str
    known: bool


def looked_at(rule: Rule, knowledge: Knowledge, starts: Since, law: Law, reader: Reader) -> tuple[Looked, ...]:
    """Everything that the rule looks at, each once, by name; parameters with their value on the law's day."""
    subjects = {subject for subject in subjects_of(rule, law.parameters) if not subject.startswith("parameter:")}
    found = [_looked(subject, knowledge, reader) for subject in sorted(subjects)]
    for name in parameters_in(rule):
        value = compile_expression(Parameter(name), law)(knowledge, starts)
        subject = f"parameter:{name}"
        found.append(
            Looked(subject, subject_name(subject, reader), scalar_words(name, value, reader), value is not None)
        )
    return tuple(found)


def subject_name(subject: str, reader: Reader) -> str:
    """What a subject is called, for a person."""
    kind, _, name = subject.rpartition(":")
    if kind == "event":
        return event_name(name, reader.language, reader.wording)
    called = _name(kind, name, reader.catalogue)
    return choose(called, reader.language) if called else plain(name)


def _name(kind: str, name: str, catalogue: Catalogue) -> Texts | None:
    """What the catalogue calls a service, a figure of the law or an attribute; None: nothing."""
    if kind == "service":
        service = catalogue.by_id.get(ServiceId(name))
        return None if service is None else service.name
    if kind == "parameter":
        parameter = catalogue.parameters.by_name.get(name)
        return None if parameter is None else parameter.words
    question = catalogue.questions.get(name)
    return None if question is None else question.name


def scalar_words(name: str, value: Scalar | None, reader: Reader) -> str:
    """A value as people write it: days as days, codes as the catalogue calls them."""
    if value is None or value != value:
        return _say("unknown", reader)
    question = reader.catalogue.questions.get(name)
    code = value if isinstance(value, str) else constant_words(value)
    called = question.choices.get(code) if question is not None else None
    if called is None and isinstance(value, str):
        called = reader.catalogue.regions.get(value)
    if called is not None:
        return choose(called, reader.language)
    if isinstance(value, bool):
        return _say("yes" if value else "no", reader)
    if isinstance(value, str):
        return value
    return _day(int(value), reader) if name in reader.dates else constant_words(value)


def plain(name: str) -> str:
    """A name of the data with spaces."""
    return name.replace("_", " ")


def _looked(subject: str, knowledge: Knowledge, reader: Reader) -> Looked:
    kind, _, name = subject.rpartition(":")
    called = subject_name(subject, reader)
    if kind == "event":
        return Looked(subject, called, *_event(EventType(name), knowledge, reader))
    if kind == "service":
        return Looked(subject, called, _holding(knowledge.holdings.get(ServiceId(name)), reader), True)
    value = knowledge.attributes.get(name)
    known = value is not None and value == value
    return Looked(subject, called, scalar_words(name, value, reader), known)


def _event(event_type: EventType, knowledge: Knowledge, reader: Reader) -> tuple[str, bool]:
    dates = knowledge.happened.get(event_type, ())
    if dates:
        return ", ".join(_day(date, reader) for date in dates), True
    covered = knowledge.covered_from_us.get(event_type)
    if covered is None:
        return _say("uncovered", reader), False
    if covered <= _ALWAYS:
        return _say("none_ever", reader), True
    return _say("none", reader).format(since=_day(covered, reader)), True


def _holding(holding: Holding | None, reader: Reader) -> str:
    if holding is None or not (holding.holds_now or holding.times_used):
        return _say("not_held", reader)
    return _say("held" if holding.holds_now else "was_held", reader).format(times=holding.times_used)


def _day(us: int, reader: Reader) -> str:
    return day_words(from_us(us), reader.language, reader.wording.zone)


def _say(what: str, reader: Reader) -> str:
    return choose(_WORDS[what], reader.language)

"""An explanation as a page for the terminal: each condition with its words, values, law and what is missing."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from features.explain_words import BARRED, LABELS, RESULTS, VERDICTS
from features.explaining import Explained
from recommender.decision import Status
from recommender.explaining import Condition
from recommender.reasons import choose, day_words, pick
from recommender.service_terms import LegalSource
from recommender.value_words import plain, subject_name

_SIGNS = {Status.ELIGIBLE: ("✓", "green"), Status.NOT_ELIGIBLE: ("✗", "red"), Status.UNKNOWN: ("?", "yellow")}
_INDENT = (0, 0, 0, 2)


def page(explained: Explained) -> RenderableType:
    """The whole page, in the reader's language as far as the texts go."""
    explanation, reader = explained.explanation, explained.reader
    parts: list[RenderableType] = [*_head(explained), Text()]
    parts += [Text(line) for line in explanation.because or (_say("uncalled", explained),)]
    for condition in explanation.conditions:
        parts += [Text(), *_condition(condition, explained)]
    if not explanation.conditions:
        parts += [Text(), Text(_say("no_conditions", explained))]
    parts.append(Text())
    if explanation.barred is not None:
        parts.append(Text(choose(BARRED[explanation.barred], reader.language), style="bold"))
    authority, _ = pick(explanation.service.authority, reader.language, reader.catalogue.languages)
    verdict = choose(VERDICTS[explanation.status], reader.language).format(authority=authority)
    return Group(*parts, Text(verdict, style="bold"))


def _head(explained: Explained) -> Iterator[Text]:
    reader = explained.reader
    name, language = pick(explained.explanation.service.name, reader.language, reader.catalogue.languages)
    yield Text(f"{name} {_instead(language, explained)}".rstrip(), style="bold")
    day = day_words(explained.at, reader.language, reader.wording.zone)
    known = _say("as_known", explained).format(day=day, version=reader.catalogue.version[:12])
    yield Text(f"{explained.citizen_id}: {known}", style="dim")


def _condition(condition: Condition, explained: Explained) -> Iterator[RenderableType]:
    """The result beside its words, then what it looked at, its law, and what is missing, one to a line."""
    sign, style = _SIGNS[condition.result]
    result = choose(RESULTS[condition.result], explained.reader.language)
    line = Text.assemble((f"{sign} {result}", f"bold {style}"), "  ")
    if condition.criterion is None:
        yield line.append(_say("unnamed", explained))
        return
    yield line.append(f"{condition.words} {_instead(condition.language, explained)}".rstrip())
    for looked in condition.looked:
        yield _line(f"{_say('looked', explained)}: {looked.name}: {looked.words}")
    for subject in condition.missing:
        yield _line(f"{_say('missing', explained)}: {_missing(subject, explained)}")
    yield _line(f"{_say('law', explained)}: {_law(condition.criterion.source)}", "dim")


def _missing(subject: str, explained: Explained) -> str:
    """What is missing, who would know it, and how the citizen may be asked."""
    reader = explained.reader
    name = subject_name(subject, reader)
    if subject.startswith("parameter:"):
        return f"{name} ({_say('no_value', explained)})"
    sources = explained.sources[subject]
    registers = ", ".join(f"{plain(source.register)} ({source.authority})" for source in sources)
    known = _say("would_know", explained).format(registers=registers) if sources else _say("nobody_knows", explained)
    question = reader.catalogue.questions.get(subject)
    asked = "" if question is None else choose(question.words, reader.language)
    ways = [known, _say("would_ask", explained).format(question=asked)] if asked else [known]
    return f"{name}; {'; '.join(ways)}"


def _law(source: LegalSource) -> str:
    return f"{source} {source.link}".rstrip()


def _instead(language: str, explained: Explained) -> str:
    """Marks a text that is in the reader's second choice."""
    asked = explained.reader.language
    if language.split("-")[0] == asked.split("-")[0]:
        return ""
    return _say("instead", explained).format(asked=asked, language=language)


def _line(text: str, style: str = "") -> RenderableType:
    return Padding(Text(text, style=style), _INDENT, expand=False)


def _say(what: str, explained: Explained) -> str:
    return choose(LABELS[what], explained.reader.language)

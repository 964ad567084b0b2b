"""Why, in words: because of which recorded fact, and which conditions are met. Never from a score.

Words of a condition are those that its authority wrote. What is marked sensitive or protected is never named.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from recommender.catalogue import Catalogue, Criterion, Texts
from recommender.compiling import subjects_of
from recommender.decision import Cause, Status
from recommender.identifiers import EventType
from recommender.instants import from_us
from recommender.renewals import RENEWAL

_MONTHS = "January February March April May June July August September October November December"
_BECAUSE: Mapping[str, Texts] = {
    "event": {"en": "Because this was recorded: {what}, {day}.", "zh": "因为已登记：{what}（{day}）。"},
    "hidden": {"en": "Because of a fact recorded for {day}.", "zh": "因为 {day} 登记的一项事实。"},
    "date": {"en": "Because a date was reached: {day}.", "zh": "因为已到 {day}。"},
    "renewal": {
        "en": "Because what you have ends soon and can be renewed now, from {day} on.",
        "zh": "因为您现有的服务即将到期，自 {day} 起可以续办。",
    },
    "anticipated": {
        "en": "The authority offers this service before it is asked for.",
        "zh": "主管机关在您申请之前主动提供这项服务。",
    },
}

_AS_TOLD: Texts = {"en": " (as you told us)", "zh": "（根据您的告知）"}


@dataclass(frozen=True, slots=True)
class Wording:
    """How reasons are worded.

    hidden      : attributes marked sensitive or protected, and `event:<type>` for an event that must not be named.
    event_words : words of an event type (see `event_words`); without them its name with spaces.
    """

    zone: str = "UTC"
    hidden: frozenset[str] = frozenset()
    event_words: Mapping[EventType, Texts] = field(default_factory=dict)


class ConditionWords(NamedTuple):
    """The authority's words for the conditions met, not met, and not known."""

    met: tuple[str, ...]
    unmet: tuple[str, ...]
    unknown: tuple[str, ...]


def event_words(catalogue: Catalogue) -> dict[EventType, Texts]:
    """What life events are called, as the catalogue says, else as its first service that names one."""
    answers = [answer for service in reversed(catalogue.services) for answer in service.answers]
    return {a.event: a.words for a in answers if a.event is not None and a.words is not None} | dict(catalogue.events)


def pick(texts: Texts, language: str, languages: Sequence[str]) -> tuple[str, str]:
    """The text and its language: `language`, its base (zh for zh-Hans), else the first of `languages` that there is.

    ("", language) when there is no text at all.
    """
    for tag in (language, language.split("-")[0], *languages, *texts):
        if tag in texts:
            return texts[tag], tag
    return "", language


def choose(texts: Texts, language: str) -> str:
    """The text in `language`, else in its primary language (zh-CN: zh), else the first one."""
    return texts.get(language) or texts.get(language.split("-")[0]) or next(iter(texts.values()), "")


def because(cause: Cause | None, language: str, wording: Wording) -> str:
    """The recorded fact behind a service, in words; empty without one. A forecast is never worded as a reason."""
    if cause is None:
        return ""
    if cause.event_type is None and cause.date is None:
        return choose(_BECAUSE["anticipated"], language)
    day = day_words(from_us(cause.happened_us), language, wording.zone)
    if cause.date == RENEWAL:
        return choose(_BECAUSE[RENEWAL], language).format(day=day)
    if cause.date is not None:
        return choose(_BECAUSE["hidden" if cause.date in wording.hidden else "date"], language).format(day=day)
    if f"event:{cause.event_type}" in wording.hidden:
        return choose(_BECAUSE["hidden"], language).format(day=day)
    return choose(_BECAUSE["event"], language).format(
        what=event_name(str(cause.event_type), language, wording), day=day
    )


def event_name(event_type: str, language: str, wording: Wording) -> str:
    """What a life event is called."""
    words = wording.event_words.get(EventType(event_type))
    return choose(words, language) if words else event_type.replace("_", " ")


def conditions(
    criteria: Sequence[Criterion],
    results: Sequence[Status],
    language: str,
    wording: Wording,
    told: frozenset[str] = frozenset(),
) -> ConditionWords:
    """The words of each condition by its result; those that look at something hidden are left out.

    criteria : those that were law on the decision's day (`PublicService.criteria_at`), one result each.
    told     : attributes known from the citizen's own answers; a condition on one says so.
    """
    found: dict[Status, list[str]] = {status: [] for status in Status}
    for criterion, result in zip(criteria, results, strict=True):
        if not looks_at(criterion, wording.hidden):
            mark = choose(_AS_TOLD, language) if looks_at(criterion, told) else ""
            found[result].append(choose(result_texts(criterion, result), language) + mark)
    return ConditionWords(*(tuple(found[s]) for s in (Status.ELIGIBLE, Status.NOT_ELIGIBLE, Status.UNKNOWN)))


def result_texts(criterion: Criterion, result: Status) -> Texts:
    """The authority's words for one result of a criterion."""
    by_result = {
        Status.ELIGIBLE: criterion.met,
        Status.NOT_ELIGIBLE: criterion.unmet,
        Status.UNKNOWN: criterion.unknown,
    }
    return by_result[result]


def looks_at(criterion: Criterion, hidden: frozenset[str]) -> bool:
    """Whether the criterion's rule asks about anything in `hidden`."""
    return not hidden.isdisjoint(subjects_of(criterion.rule))


def may_be_named(names: Iterable[str], wording: Wording) -> tuple[str, ...]:
    """The names of missing attributes without the hidden ones."""
    return tuple(name for name in names if name not in wording.hidden)


def day_words(at: datetime, language: str, zone: str) -> str:
    """A day as people write it: 3 March 2024, 2024年3月3日."""
    local = at.astimezone(ZoneInfo(zone))
    if language.split("-")[0] == "zh":
        return f"{local.year}年{local.month}月{local.day}日"
    return f"{local.day} {_MONTHS.split()[local.month - 1]} {local.year}"

"""An answer to "why was I told, why not" as lines for a reader, in the citizen's language."""

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from recommender.catalogue import Texts
from recommender.reasons import choose, day_words

_LABELS: Mapping[str, Texts] = {
    "told": {"en": "Told, decided on {at}.", "zh": "已告知（{at}决定）。"},
    "cancelled": {"en": "To be told, decided on {at}, then cancelled.", "zh": "曾拟告知（{at}决定），后取消。"},
    "corrected": {"en": "That was wrong, and corrected on {at}.", "zh": "该告知有误，已于{at}更正。"},
    "not_told": {"en": "Not told on {at}:", "zh": "{at}未告知："},
    "not_again": {"en": "Not told again on {at}:", "zh": "{at}未再次告知："},
    "met": {"en": "Met: ", "zh": "已满足："},
    "unmet": {"en": "Not met: ", "zh": "未满足："},
    "unknown": {"en": "Not known: ", "zh": "无法确定："},
    "nothing": {
        "en": "Nothing on record: no decision has looked at this service for you by then.",
        "zh": "没有记录：截至当时没有任何决定涉及您的这项服务。",
    },
}


def page(said: Mapping[str, Any], zone: tzinfo) -> str:
    """The whole answer, one thought to a line. said: as `Answering.why` gives it."""
    return "\n".join(lines(said, zone))


def lines(said: Mapping[str, Any], zone: tzinfo) -> Iterator[str]:
    """The lines of the answer."""
    language = said["language"]
    yield str(said["service"]["name"] or said["service"]["service_id"])
    for told in said["told"]:
        label = "cancelled" if told["state"] == "cancelled" else "told"
        yield _say(label, language).format(at=_when(told["decided_at"], language, zone))
        if told["because"]:
            yield f"  {told['because']}"
        for delivery in told["deliveries"]:
            yield f"  {delivery['channel']}, {_when(delivery['at'], language, zone)}: {delivery['words']}"
        if told.get("corrected_at"):
            yield f"  {_say('corrected', language).format(at=_when(told['corrected_at'], language, zone))}"
    yield from _not_told(said, language, zone)
    if not said["told"] and not said["considered"]:
        yield _say("nothing", language)


def _not_told(said: Mapping[str, Any], language: str, zone: tzinfo) -> Iterator[str]:
    withheld = said["not_told"]
    if withheld is None:
        return
    label = "not_again" if said["was_told"] else "not_told"
    yield f"{_say(label, language).format(at=_when(withheld['decided_at'], language, zone))} {withheld['words']}"
    if withheld["because"]:
        yield f"  {withheld['because']}"
    for result in ("unmet", "unknown", "met"):
        for words in withheld[result]:
            yield f"  {_say(result, language)}{words}"


def _say(label: str, language: str) -> str:
    return choose(_LABELS[label], language)


def _when(text: str, language: str, zone: tzinfo) -> str:
    at = datetime.fromisoformat(text).astimezone(zone)
    return f"{day_words(at, language, str(zone))} {at:%H:%M}"

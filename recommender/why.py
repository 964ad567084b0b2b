"""Why a citizen was told of a service, or was not: one receipt's line in the citizen's words. No score is given."""

from dataclasses import dataclass

from recommender.bundles import QUESTION
from recommender.catalogue import Catalogue
from recommender.decision import Cause, Trigger, Withheld
from recommender.identifiers import FactId, ServiceId
from recommender.instants import local_day
from recommender.reasons import ConditionWords, Wording, because, choose, conditions
from recommender.receipts import Line, Receipt
from recommender.why_words import WITHHELD


@dataclass(frozen=True, slots=True)
class Reasoned:
    """What one decision says of one service. reason: None when it was to be told of.

    because    : the recorded fact behind it, "" where none was.
    conditions : their words by result; of hidden ones nothing.
    """

    reason: Withheld | None
    words: str
    because: str
    conditions: ConditionWords


def find_line(receipt: Receipt, catalogue: Catalogue, service_id: ServiceId) -> Line | None:
    """The receipt's line on a service; None where its catalogue had no such service, or is another one.

    catalogue : of the receipt's own version.
    """
    if catalogue.version != receipt.versions.catalogue:
        return None
    places = {service.service_id: place for place, service in enumerate(catalogue.services)}
    place = places.get(service_id)
    return next((line for line in receipt.lines if line.place == place), None)


def reasoned(receipt: Receipt, line: Line, catalogue: Catalogue, language: str, wording: Wording) -> Reasoned:
    """The line in words. wording: with the catalogue's own words of life events."""
    service = catalogue.services[line.place]
    day = local_day(receipt.request.at, wording.zone)
    said = conditions(service.criteria_at(day), line.results, language, wording, frozenset(receipt.told))
    words = "" if line.withheld is None else choose(WITHHELD[line.withheld], language)
    return Reasoned(line.withheld, words, cause_words(line.cause, language, wording), said)


def cause_words(cause: Cause | None, language: str, wording: Wording) -> str:
    """The recorded fact in words; a question's is that of the fact which it asks about."""
    if cause is not None and cause.root.startswith(QUESTION):
        cause = Cause(FactId(cause.root.removeprefix(QUESTION)), cause.happened_us, cause.event_type, cause.date)
    return because(cause, language, wording)


def says_more(receipt: Receipt) -> bool:
    """Whether the decision could have pushed: one made for a request tells only that somebody asked."""
    return receipt.request.trigger is not Trigger.REQUEST

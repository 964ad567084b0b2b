"""A decision's ranking as the API shows it: services in the caller's language, with the facts and rules behind each."""

from collections.abc import Collection, Sequence
from typing import Any

from recommender.catalogue import Criterion
from recommender.decision import Candidate, Decision
from recommender.identifiers import ServiceId
from recommender.instants import local_day
from recommender.reasons import ConditionWords, Wording, because, conditions, may_be_named
from serving.versions.editions import Edition


def ranking(
    decision: Decision,
    edition: Edition,
    wording: Wording,
    *,
    language: str | None,
    k: int,
    leaving_out: Collection[ServiceId] = (),
) -> list[dict[str, Any]]:
    """The k most needed of those shown, ready for JSON. edition: of the decision's own version.

    leaving_out : services that the citizen called wrong.
    """
    by_id = edition.catalogue.by_id
    spoken = edition.words.language(language)
    services = edition.words.services(language)
    wording = edition.words.wording(wording)
    day = local_day(decision.request.at, wording.zone)

    def criteria_of(shown: Candidate) -> Sequence[Criterion]:
        return by_id[shown.service_id].criteria_at(day)

    return [
        {
            **services[shown.service_id],
            **_place(
                shown, conditions(criteria_of(shown), shown.results, spoken, wording, decision.told), spoken, wording
            ),
        }
        for shown in [each for each in decision.ranking if each.service_id not in leaving_out][:k]
    ]


def _place(shown: Candidate, told: ConditionWords, language: str, wording: Wording) -> dict[str, Any]:
    fact = because(shown.cause, language, wording)
    return {
        "rank": shown.rank,
        "status": shown.status.value,
        "triggered": shown.cause is not None,
        "score": None if shown.score != shown.score else round(float(shown.score), 4),
        "because": [fact, *told.met] if fact else list(told.met),
        "missing": list(may_be_named(shown.missing, wording)),
    }

"""One public service in full: what to bring and what the authorities already have, where, until when, by which law."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from recommender.catalogue import Catalogue, PublicService, Texts
from recommender.identifiers import ServiceId
from recommender.reasons import pick
from recommender.service_terms import Season


def page_of(
    catalogue: Catalogue, service: PublicService, shown: dict[str, object], language: str, day: date
) -> dict[str, Any]:
    """The service ready for JSON, texts in `language` or the next one that there is.

    shown : what lists show of it.   day : whose law and opening it tells.
    """

    def say(texts: Texts | None) -> str | None:
        return None if texts is None else pick(texts, language, catalogue.languages)[0]

    authority = catalogue.authorities.get(service.authority_id)
    return {
        **shown,
        "authority_page": authority.page if authority else "",
        "authority_phone": authority.phone if authority else "",
        "usage": service.usage.value,
        "open_now": service.is_open(day),
        "season": _season(service.season),
        "deadline": service.deadline,
        "processing_time": service.processing_time,
        "cost": say(service.cost),
        "output": say(service.output),
        "conditions": [
            {
                "id": criterion.criterion_id,
                "words": say(criterion.unmet),
                "act": criterion.source.act,
                "article": criterion.source.article,
                "link": criterion.source.link,
            }
            for criterion in service.criteria_at(day)
        ],
        "evidence": [
            {"id": each.evidence_id, "name": say(each.name), "held_by": each.held_by} for each in service.evidence
        ],
        "channels": [
            {
                "kind": channel.kind.value,
                "address": say(channel.address),
                "can": [step.value for step in channel.can],
                "hours": say(channel.hours),
            }
            for channel in service.channels
        ],
        "excludes": list(service.excludes),
        "bundles": [
            {"id": bundle.bundle_id, "name": say(bundle.name), "services": list(bundle.services)}
            for bundle in _bundles(catalogue, service.service_id)
        ],
    }


def _bundles(catalogue: Catalogue, service_id: ServiceId) -> Sequence[Any]:
    return [bundle for bundle in catalogue.bundles if service_id in bundle.services]


def _season(season: Season | None) -> dict[str, str] | None:
    if season is None:
        return None
    first, last = ("{:02}-{:02}".format(*day) for day in (season.first, season.last))
    return {"from": first, "to": last}

"""A receipt as a person or an auditor reads it: names for places, words for codes."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from recommender.catalogue import Catalogue, PublicService
from recommender.decision import Cause
from recommender.instants import from_us, local_day
from recommender.reasons import Wording, because, choose, result_texts
from recommender.receipts import FORMAT, Line, PushLine, Receipt, Shadow


def readable(
    receipt: Receipt,
    catalogue: Catalogue | None,
    *,
    columns: Sequence[str] = (),
    language: str = "en",
    wording: Wording,
) -> dict[str, Any]:
    """The receipt as JSON-ready values.

    catalogue : of any version; when it is not the receipt's own, or there is none, services are named by place alone
                (`#12`), because a place means nothing in another catalogue.
    columns   : the feature schema's column names; without them the state is left out.
    """
    own = catalogue is not None and catalogue.version == receipt.versions.catalogue
    services = catalogue.services if catalogue is not None and own else ()
    day = local_day(receipt.request.at, wording.zone)
    known = dict(zip(columns, receipt.state, strict=True)) if len(columns) == len(receipt.state) else {}
    return {
        **_request(receipt),
        "standing": _standing(receipt),
        "known": {name: value for name, value in known.items() if value is not None},
        "told_by_the_citizen": dict(receipt.told),
        **({"disputed": sorted(receipt.disputed)} if receipt.disputed else {}),
        "recent": [
            {
                "fact_id": e.root,
                "event_type": e.event_type,
                "happened_at": _time(e.happened_us),
                "known_at": _time(e.known_us),
            }
            for e in receipt.recent
        ],
        "candidates": [_line(line, services, day, language, wording) for line in receipt.lines],
        "notifications": [_push(push, services, language, wording) for push in receipt.push],
        **({} if receipt.shadow is None else {"shadow": _shadow(receipt.shadow, services)}),
    }


def _shadow(shadow: Shadow, services: Sequence[PublicService]) -> dict[str, Any]:
    named = {_name(place, services): score for place, score in enumerate(shadow.scores)}
    return {"model": shadow.version, "scores": {name: score for name, score in named.items() if score == score}}


def _request(receipt: Receipt) -> dict[str, Any]:
    request, versions = receipt.request, receipt.versions
    arm = request.assignment
    return {
        "format": FORMAT,
        "decision_id": request.decision_id,
        "citizen_id": request.citizen_id,
        "as_of": request.at.isoformat(),
        "trigger": request.trigger.value,
        "mode": request.mode.value,
        "fact_id": request.fact_id,
        "assignment": {"experiment": arm.experiment, "arm": arm.arm, "probability": arm.probability},
        "versions": {
            "catalogue": versions.catalogue,
            "model": versions.model,
            "policy": versions.policy,
            "schema": versions.schema,
        },
    }


def _standing(receipt: Receipt) -> dict[str, Any]:
    standing = receipt.standing
    ground = standing.ground
    return {
        "readable": standing.readable,
        "legal_ground": None
        if ground is None
        else {"kind": ground.kind, "words": ground.words, "objected": ground.objected, "version": ground.version},
        "told": [{"service_id": t.service_id, "cause": t.cause, "at": _time(t.at_us)} for t in standing.told],
        "refusals": [
            {"service_id": service_id, "kind": kind, "at": _time(at_us)}
            for service_id, (kind, at_us) in standing.refusals.items()
        ],
        "objected": sorted(standing.objected),
        "stops": [str(stop) for stop in sorted(standing.stops)],
        **({"told_in_the_household": sorted(standing.household)} if standing.household else {}),
        "quiet": None
        if standing.quiet is None
        else {
            "from": standing.quiet.first.isoformat("minutes"),
            "to": standing.quiet.last.isoformat("minutes"),
            "zone": standing.quiet.zone,
            "days": [day.isoformat() for day in standing.quiet.days],
        },
    }


def _line(line: Line, services: Sequence[PublicService], day: date, language: str, wording: Wording) -> dict[str, Any]:
    service = services[line.place] if services else None
    return {
        "service_id": _name(line.place, services),
        "name": choose(service.name, language) if service else None,
        "status": line.status.value,
        "criteria": [
            {
                "id": criterion.criterion_id,
                "result": result.value,
                "rule": criterion.text,
                "words": choose(result_texts(criterion, result), language),
                "source": str(criterion.source),
            }
            for criterion, result in zip(service.criteria_at(day), line.results, strict=True)
        ]
        if service
        else [{"result": result.value} for result in line.results],
        "score": None if line.score != line.score else line.score,
        "held": line.held,
        "rank": line.rank,
        "withheld": None if line.withheld is None else line.withheld.value,
        "because": _cause(line.cause, language, wording),
    }


def _push(push: PushLine, services: Sequence[PublicService], language: str, wording: Wording) -> dict[str, Any]:
    return {
        "because": _cause(push.cause, language, wording),
        "services": [_name(place, services) for place in push.places],
        "deadline": None if push.deadline is None else push.deadline.isoformat(),
        "not_before": None if push.not_before is None else push.not_before.isoformat(),
    }


def _cause(cause: Cause | None, language: str, wording: Wording) -> dict[str, Any] | None:
    if cause is None:
        return None
    return {
        "fact_id": cause.root,
        "event_type": cause.event_type,
        "date": cause.date,
        "happened_at": _time(cause.happened_us),
        "words": because(cause, language, wording),
    }


def _name(place: int, services: Sequence[PublicService]) -> str:
    return services[place].service_id if services else f"#{place}"


def _time(us: int) -> str:
    return from_us(us).isoformat()

"""One public service in full, as anybody may read it."""

from typing import Any

from fastapi import Response

from recommender.errors import NotFoundError
from recommender.identifiers import ServiceId
from serving.pages.rendering import page
from serving.pages.routing import pages
from serving.pages.suggestions import begin_at, full
from serving.pages.texts import Texts
from serving.pages.visitors import SignedIn
from serving.routes.documented import ServiceInPath

router = pages()

_UNITS = {"Y": "years", "M": "months", "W": "weeks", "D": "days"}


@router.get("/inbox/service/{service_id}")
def read_service(visitor: SignedIn, service_id: ServiceInPath) -> Response:
    """What it is, what to bring, where, until when, under which conditions."""
    edition = visitor.herald.in_force.edition
    if ServiceId(service_id) not in edition.catalogue.by_id:
        raise NotFoundError("no such public service is in the catalogue", mend="see the list")
    shown: Any = full(visitor, edition.words.service(ServiceId(service_id), visitor.language))
    return page(
        visitor,
        "service",
        service=shown,
        begin=begin_at(shown),
        bring=[each for each in shown["evidence"] if not each["held_by"]],
        held=[each for each in shown["evidence"] if each["held_by"]],
        deadline=period(shown["deadline"], visitor.texts),
        processing=period(shown["processing_time"], visitor.texts),
    )


def period(iso: str | None, texts: Texts) -> str:
    """An ISO 8601 period of one unit in words; another one as it is written; "" for none."""
    if not iso:
        return ""
    number, unit = iso[1:-1], iso[-1:]
    if "T" in iso or not number.isdigit() or unit not in _UNITS:
        return iso
    return texts(f"period.{_UNITS[unit]}" if number != "1" else f"period.one_{_UNITS[unit]}", n=number)

"""GET services: the catalogue, and one service in full."""

from typing import Any

from fastapi import APIRouter

from recommender.errors import NotFoundError
from recommender.identifiers import ServiceId
from recommender.instants import local_day
from serving.access.auth import SignedIn
from serving.bodies.responses import ServicesOut
from serving.bodies.service_pages import page_of
from serving.bodies.services import ServicePageOut
from serving.routes.documented import Language, ServiceInPath, problems
from serving.runtime import RunningHerald

router = APIRouter(prefix="/v1", tags=["services"], responses=problems(404, 422))


@router.get("/services", response_model=ServicesOut)
def list_services(herald: RunningHerald, _caller: SignedIn, language: Language = None) -> dict[str, Any]:
    """Every public service, in the language asked for where there is a text."""
    edition = herald.in_force.edition
    shown = edition.words.services(language)
    return {"catalogue_version": edition.catalogue.version, "services": list(shown.values())}


@router.get("/services/{service_id}", response_model=ServicePageOut)
def read_service(
    service_id: ServiceInPath, herald: RunningHerald, _caller: SignedIn, language: Language = None
) -> dict[str, Any]:
    """One public service in full, by the law of today: what to bring, where, until when, under which conditions."""
    edition = herald.in_force.edition
    service = edition.catalogue.by_id.get(ServiceId(service_id))
    if service is None:
        raise NotFoundError("no such public service is in the catalogue", mend="see GET /v1/services")
    shown = edition.words.service(service.service_id, language)
    day = local_day(herald.clock.now(), herald.wording.zone)
    return page_of(edition.catalogue, service, shown, edition.words.language(language), day)

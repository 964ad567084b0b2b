"""GET services: the catalogue."""

from typing import Any

from fastapi import APIRouter

from serving.auth import SignedIn
from serving.responses import ServicesOut
from serving.routes.documented import Language, problems
from serving.runtime import RunningHerald

router = APIRouter(prefix="/v1", tags=["services"], responses=problems(422))


@router.get("/services", response_model=ServicesOut)
def list_services(herald: RunningHerald, _caller: SignedIn, language: Language = None) -> dict[str, Any]:
    """Every public service, in the language asked for where there is a text."""
    edition = herald.in_force.edition
    shown = edition.words.services(language)
    return {"catalogue_version": edition.catalogue.version, "services": list(shown.values())}

"""Mandates and safe mode: what a citizen decides about who reaches them, and what a counter does for them."""

from typing import Annotated

from fastapi import APIRouter, Path

from recommender.clock import SystemClock
from recommender.errors import StaleSignInError
from recommender.identifiers import CitizenId
from serving.access.auth import MayGiveFeedback, MayRecommend, MayServeAtCounter
from serving.access.citizens import is_fresh, named_citizen, no_citizen_token, own_citizen
from serving.access.mandates import CARER, COUNTER, Wanted
from serving.access.tokens import Caller
from serving.bodies.mandates import CarerIn, MandateIn, MandateOut, MandatesOut, SafeModeIn, SafeModeOut
from serving.database.mandates import Mandate
from serving.database.safe_mode import is_safe, put_safe_mode
from serving.routes.documented import CitizenInPath, problems
from serving.runtime import Herald, RunningHerald

router = APIRouter(prefix="/v1", tags=["mandates"], responses=problems(404, 413, 422, 503))

MandateInPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="the mandate's id")]


@router.get("/citizens/{citizen_id}/mandates")
def list_mandates(citizen_id: CitizenInPath, herald: RunningHerald, caller: MayRecommend) -> MandatesOut:
    """Who may or might act for the citizen; to the citizen alone."""
    citizen = own_citizen(herald.database, caller, citizen_id)
    return MandatesOut(mandates=[MandateOut.of(each) for each in herald.mandates.of_citizen(citizen)])


@router.post("/citizens/{citizen_id}/mandates", status_code=201)
def choose_carer(
    citizen_id: CitizenInPath, body: CarerIn, herald: RunningHerald, caller: MayGiveFeedback
) -> MandateOut:
    """Let a person of one's choice read, or also answer, until a day. The citizen's own token, just signed in."""
    citizen = _just_signed_in(herald, caller, citizen_id)
    holder = herald.identify(body.register_number)
    because = body.because or "Chosen by the person."
    wanted = Wanted(CARER, holder, frozenset(body.may), because, body.until)
    return MandateOut.of(herald.mandates.issue(citizen, wanted, "me"))


@router.delete("/mandates/{mandate_id}", status_code=204)
def end_mandate(mandate_id: MandateInPath, herald: RunningHerald, caller: MayGiveFeedback) -> None:
    """End a mandate at once: the citizen whom it is for, or the one who holds it, by their own token."""

    def theirs(mandate: Mandate) -> bool:
        own = caller.citizen_id is not None and caller.mandate in (None, mandate.mandate_id)
        return own and caller.citizen_id in (mandate.citizen_id, mandate.holder)

    herald.mandates.end(mandate_id, caller.portal, theirs)


@router.get("/citizens/{citizen_id}/safe-mode")
def read_safe_mode(citizen_id: CitizenInPath, herald: RunningHerald, caller: MayRecommend) -> SafeModeOut:
    """Whether it is on; to the citizen alone."""
    citizen = own_citizen(herald.database, caller, citizen_id)
    with herald.database.read() as conn:
        return SafeModeOut(on=is_safe(conn, citizen))


@router.put("/citizens/{citizen_id}/safe-mode")
def change_safe_mode(
    citizen_id: CitizenInPath, body: SafeModeIn, herald: RunningHerald, caller: MayGiveFeedback
) -> SafeModeOut:
    """Turn it on or off: the citizen's own token, just signed in."""
    return _safe_mode(herald, _just_signed_in(herald, caller, citizen_id), body, "me")


@router.post("/counter/citizens/{citizen_id}/mandates", status_code=201)
def issue_mandate(
    citizen_id: CitizenInPath, body: MandateIn, herald: RunningHerald, caller: MayServeAtCounter
) -> MandateOut:
    """Issue a mandate at a counter, on the law or the paper that it names; a guardian's ends at 18 at the latest."""
    no_citizen_token(caller)
    citizen = named_citizen(herald.database, caller, citizen_id)
    holder = caller.portal if body.kind == COUNTER else herald.identify(body.register_number or "")
    wanted = Wanted(body.kind, holder, frozenset(body.may), body.because, body.until)
    return MandateOut.of(herald.mandates.issue(citizen, wanted, caller.portal))


@router.delete("/counter/mandates/{mandate_id}", status_code=204)
def end_issued_mandate(mandate_id: MandateInPath, herald: RunningHerald, caller: MayServeAtCounter) -> None:
    """End a mandate that this counter issued, or that is its own."""
    no_citizen_token(caller)
    herald.mandates.end(mandate_id, caller.portal, lambda mandate: mandate.issued_by == caller.portal)


@router.put("/counter/citizens/{citizen_id}/safe-mode")
def change_safe_mode_at_counter(
    citizen_id: CitizenInPath, body: SafeModeIn, herald: RunningHerald, caller: MayServeAtCounter
) -> SafeModeOut:
    """Turn safe mode on or off for a person who stands at the counter."""
    no_citizen_token(caller)
    citizen = named_citizen(herald.database, caller, citizen_id)
    return _safe_mode(herald, citizen, body, f"counter {caller.portal}"[:64])


def _just_signed_in(herald: Herald, caller: Caller, identifier: str) -> CitizenId:
    citizen = own_citizen(herald.database, caller, identifier)
    if not is_fresh(caller, SystemClock()):
        raise StaleSignInError("this asks for a fresh sign-in", mend="sign in again")
    return citizen


def _safe_mode(herald: Herald, citizen: CitizenId, body: SafeModeIn, said_by: str) -> SafeModeOut:
    with herald.database.write() as conn:
        put_safe_mode(conn, citizen, on=body.on, said_by=said_by, at=herald.clock.now())
    return SafeModeOut(on=body.on)

"""Who looks at a page: the citizen, or who acts for them, and in which language. Asked anew at each page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from recommender.errors import NotFoundError
from recommender.identifiers import CitizenId
from serving.access.citizens import ME, linked_citizen, own_citizen
from serving.access.scopes import Scope
from serving.access.tokens import Caller
from serving.pages.sessions import Session
from serving.pages.texts import Texts, texts_in
from serving.runtime import Herald, RunningHerald

LANGUAGE = "herald-language"
"""The cookie that keeps the language of the pages; it says nothing about anybody."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks, and at whom.

    caller   : as the API would know them.   language: in which catalogue and pages speak; spoken: those to choose from.
    """

    herald: Herald
    session: Session
    caller: Caller
    language: str
    spoken: Sequence[str]

    @property
    def citizen(self) -> CitizenId:
        """Raises as `linked_citizen` does: the person may be in safe mode, or the mandate may have ended, since."""
        return linked_citizen(self.herald.database, self.caller, ME)

    @property
    def own(self) -> CitizenId:
        """The citizen themself; raises NotFoundError under a mandate."""
        return own_citizen(self.herald.database, self.caller, ME)

    @property
    def acts_for_another(self) -> bool:
        return self.caller.mandate is not None

    @property
    def may_answer(self) -> bool:
        return Scope.FEEDBACK.value in self.caller.scopes

    @property
    def texts(self) -> Texts:
        return texts_in(self.language)


def visitor(request: Request, herald: RunningHerald) -> Visitor:
    """Whoever is signed in. Raises NotSignedInError when nobody is, NotFoundError when their mandate has ended."""
    session = herald.sessions.read(request)
    request.state.session = session
    herald.check_not_erased(CitizenId(session.citizen_id))
    caller = session.caller()
    if session.mandate is not None:
        acting = herald.mandates.acting(session.mandate, caller)
        if acting is None:
            request.state.mandate_ended = True
            raise NotFoundError("the mandate under which you acted has ended", mend="go on for yourself")
        caller = acting
    preferred = herald.preferences.shown(CitizenId(session.citizen_id)).language
    spoken = languages(herald)
    return Visitor(herald, session, caller, language_of(request, spoken, preferred), spoken)


def languages(herald: Herald) -> Sequence[str]:
    """What the catalogue in force speaks."""
    return herald.in_force.edition.catalogue.languages or ("en",)


def language_of(request: Request, spoken: Sequence[str], preferred: str | None = None) -> str:
    """The language chosen on these pages, else the one that the citizen prefers, else the browser's, else the first."""
    asked = request.headers.get("accept-language", "")[:200].split(",")
    wanted = [request.cookies.get(LANGUAGE, ""), preferred or "", *(each.partition(";")[0].strip() for each in asked)]
    for tag in wanted:
        for found in (tag, tag.split("-")[0]):
            if found in spoken:
                return found
    return spoken[0]


SignedIn = Annotated[Visitor, Depends(visitor)]

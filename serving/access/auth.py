"""Who may call which route: a bearer token with the route's scope, checked before anything else is read."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security import OAuth2, SecurityScopes

from recommender.errors import ForbiddenError, NotSignedInError
from serving.access.scopes import WORDS, Scope
from serving.access.tokens import Caller
from serving.runtime import Herald

TOKEN_PATH = "/v1/oauth/token"

_scheme = OAuth2(
    scheme_name="portal",
    description="OAuth2 client credentials; a citizen's own token comes by token exchange (RFC 8693).",
    flows=OAuthFlows(clientCredentials=OAuthFlowClientCredentials(tokenUrl=TOKEN_PATH, scopes=WORDS)),
    auto_error=False,
)


async def signed_in(
    request: Request,
    scopes: SecurityScopes,
    authorization: Annotated[str | None, Depends(_scheme)],
) -> Caller:
    """The caller, who holds every scope the route names. Raises NotSignedInError or ForbiddenError."""
    kind, _, token = (authorization or "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise NotSignedInError("no bearer token", mend=f"ask for one at {TOKEN_PATH}")
    herald: Herald = request.app.state.herald  # one dependency less to solve, on every request
    caller = herald.tokens.verify(token)
    missing = [scope for scope in scopes.scopes if scope not in caller.scopes]
    if missing:
        raise ForbiddenError(f"the token lacks the scope {', '.join(missing)}", mend="ask for it at sign-in")
    request.state.caller = caller
    return caller


SignedIn = Annotated[Caller, Security(signed_in)]
MayRecommend = Annotated[Caller, Security(signed_in, scopes=[Scope.RECOMMEND.value])]
MaySendFacts = Annotated[Caller, Security(signed_in, scopes=[Scope.FACTS.value])]
MayGiveFeedback = Annotated[Caller, Security(signed_in, scopes=[Scope.FEEDBACK.value])]
MayOperate = Annotated[Caller, Security(signed_in, scopes=[Scope.OPERATE.value])]
MayAudit = Annotated[Caller, Security(signed_in, scopes=[Scope.AUDIT.value])]
MayServeAtCounter = Annotated[Caller, Security(signed_in, scopes=[Scope.COUNTER.value])]

"""POST oauth/token: client credentials (RFC 6749) and token exchange for a citizen's own token (RFC 8693)."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from recommender.errors import ErasedError, NotSignedInError
from serving.access.auth import TOKEN_PATH
from serving.access.scopes import CITIZEN
from serving.access.tokens import Caller
from serving.bodies.responses import Problem, TokenOut
from serving.database import clients
from serving.problems import MEDIA_TYPE, problem
from serving.runtime import Herald, RunningHerald

CLIENT_CREDENTIALS = "client_credentials"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
SUBJECT_TYPES = ("urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token")
FORM = "application/x-www-form-urlencoded"

router = APIRouter(tags=["sign-in"])

_FORM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"type": "string", "enum": [CLIENT_CREDENTIALS, EXCHANGE]},
        "client_id": {"type": "string", "description": "or HTTP Basic"},
        "client_secret": {"type": "string"},
        "scope": {"type": "string", "description": "separated by spaces; none: all that the portal holds"},
        "subject_token": {"type": "string", "description": "the citizen's own token, for an exchange"},
        "subject_token_type": {"type": "string", "enum": list(SUBJECT_TYPES)},
        "mandate": {
            "type": "string",
            "description": "id of the mandate to act under: the holder's own token, or the counter's credentials",
        },
    },
    "example": {
        "grant_type": CLIENT_CREDENTIALS,
        "client_id": "city-portal",
        "client_secret": "…",
        "scope": "recommend",
    },
}
_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}}}


class Refused(Exception):
    """A token request that is refused, in RFC 6749's words."""

    def __init__(self, error: str, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.error, self.detail, self.status = error, detail, status

    def response(self) -> Response:
        headers = {"WWW-Authenticate": "Basic"} if self.status == 401 else {}
        more = {"error": self.error, "error_description": self.detail}
        return problem(self.status, self.detail, slug=self.error.replace("_", "-"), headers=headers, more=more)


@router.post(
    TOKEN_PATH,
    response_model=TokenOut,
    responses={
        status: {"description": words, **_PROBLEM} for status, words in ((400, "Refused."), (401, "Not known."))
    },
    openapi_extra={"requestBody": {"required": True, "content": {FORM: {"schema": _FORM_SCHEMA}}}},
)
async def token(
    request: Request,
    herald: RunningHerald,
) -> Response:
    """Sign in as a portal; or exchange a citizen's own token for one with which this portal reads that citizen."""
    try:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise Refused("invalid_request", f"send the fields as {FORM}")
        form = _form(await request.body())
        client_id, secret = _credentials(form, request.headers.get("authorization"))
        caller = await run_in_threadpool(_grant, herald, form, client_id, secret)
    except Refused as refused:
        return refused.response()
    answer = TokenOut(
        access_token=herald.tokens.issue(caller),
        token_type="Bearer",
        expires_in=herald.tokens.ttl_s,
        scope=" ".join(sorted(caller.scopes)),
        issued_token_type=ACCESS_TOKEN if caller.citizen_id is not None else None,
    )
    body = json.dumps(answer.model_dump(exclude_none=True))
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError as error:
        raise Refused("invalid_request", "the form cannot be read") from error
    if len({name for name, _ in pairs}) != len(pairs):
        raise Refused("invalid_request", "a field comes twice")
    return dict(pairs)


def _credentials(form: Mapping[str, str], authorization: str | None) -> tuple[str, str]:
    kind, _, encoded = (authorization or "").partition(" ")
    if kind.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise Refused("invalid_client", "the Basic credentials cannot be read", 401) from error
    return unquote_plus(name), unquote_plus(secret)


def _grant(herald: Herald, form: Mapping[str, str], client_id: str, secret: str) -> Caller:
    if form.get("grant_type") not in (CLIENT_CREDENTIALS, EXCHANGE):
        raise Refused("unsupported_grant_type", "grant_type is client_credentials or token exchange")
    with herald.database.read() as conn:
        held = clients.verify(conn, client_id, secret)
    if held is None:
        raise Refused("invalid_client", "the client is not known, or the secret is another", 401)
    caller = Caller(client_id, held)
    if form["grant_type"] == EXCHANGE:
        caller = _own(herald, form, caller)
    if "mandate" in form:
        caller = _under_mandate(herald, form["mandate"], caller)
    asked = frozenset(form.get("scope", "").split())
    if not asked <= caller.scopes:
        raise Refused("invalid_scope", "a scope asked for is not held")
    return replace(caller, scopes=asked or caller.scopes)


def _own(herald: Herald, form: Mapping[str, str], portal: Caller) -> Caller:
    if form.get("subject_token_type") not in SUBJECT_TYPES:
        raise Refused("invalid_request", "subject_token_type is that of a JWT or an ID token")
    try:
        vouched = herald.citizen_tokens.vouched(form.get("subject_token", ""))
        citizen_id = herald.identify(vouched.register_number)
        herald.check_not_erased(citizen_id)
    except NotSignedInError as error:
        raise Refused("invalid_grant", "the citizen's own token is not valid here") from error
    except ErasedError as error:
        raise Refused("invalid_grant", error.message) from error
    return Caller(portal.portal, portal.scopes & CITIZEN, citizen_id, vouched.signed_in_s)


def _under_mandate(herald: Herald, mandate_id: str, caller: Caller) -> Caller:
    """Somebody acts for the citizen of a mandate. The same words whether it is another's, ended, or none at all."""
    acting = herald.mandates.acting(mandate_id, caller)
    if acting is None:
        raise Refused("invalid_grant", "no such mandate is in force for this caller")
    return acting

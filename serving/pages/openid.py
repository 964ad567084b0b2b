"""Sign-in by OpenID Connect: code flow with PKCE, state and nonce; the ID token checked by the provider's keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urljoin

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException

from recommender.clock import Clock, SystemClock
from recommender.errors import NotSignedInError, SetupError
from serving.pages.sessions import Door
from serving.pages.settings import PagesSettings

BACK = "/inbox/sign-in/back"
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
"""Of ID tokens. None with a shared secret: whoever verifies could sign."""
TIMEOUT_S = 5.0
LEEWAY_S = 30


class Vouched(NamedTuple):
    """Whom the provider vouches for, and when they signed in, in seconds since 1970."""

    register_number: str
    signed_in_s: float


@dataclass
class OpenId:
    """One provider. Its addresses are read at the first sign-in; its keys again when a token names an unknown one."""

    settings: PagesSettings
    clock: Clock
    _found: dict[str, Any] = field(default_factory=dict)
    _keys: KeySet | None = None

    def address(self, door: Door) -> str:
        """Where the browser goes to sign in. Raises SetupError when the provider cannot be reached."""
        more: dict[str, str] = {"nonce": door.nonce}
        if door.again:
            more |= {"prompt": "login", "max_age": "0"}
        with self._client() as client:
            where, _ = client.create_authorization_url(
                self._of("authorization_endpoint"), state=door.state, code_verifier=door.verifier, **more
            )
        return str(where)

    def vouched(self, door: Door, query: Mapping[str, str]) -> Vouched:
        """Whom the provider names to who came back. Raises NotSignedInError, and SetupError when it is not reached.

        A sign-in asked for anew must say when it was (`auth_time`): a provider that ignores `max_age` proves nothing.
        """
        if not door.state or query.get("state") != door.state or query.get("iss", self._issuer) != self._issuer:
            raise NotSignedInError("this sign-in was not begun here", mend="sign in again")
        if not query.get("code"):
            raise NotSignedInError("the sign-in was not finished", mend="sign in again")
        try:
            with self._client() as client:
                given = client.fetch_token(
                    self._of("token_endpoint"),
                    code=query["code"],
                    code_verifier=door.verifier,
                    allow_redirects=False,
                )
        except (AuthlibBaseError, RequestException, ValueError) as error:
            raise NotSignedInError("the provider did not confirm the sign-in", mend="sign in again") from error
        claims = self._verified(str(given.get("id_token", "")), door)
        number, signed_in = claims.get(self.settings.number_claim), claims.get("auth_time")
        if not isinstance(number, str) or not number.strip():
            raise NotSignedInError("the provider names no register number", mend="ask the operator: number_claim")
        if not isinstance(signed_in, int | float) or isinstance(signed_in, bool):
            if door.again:
                raise NotSignedInError("the provider does not say when you signed in", mend="ask the operator")
            signed_in = claims["iat"]
        if door.again and signed_in < door.began_s - LEEWAY_S:
            raise NotSignedInError("this is the former sign-in", mend="sign in again")
        return Vouched(number, float(signed_in))

    def _verified(self, token: str, door: Door) -> dict[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self.clock.now().timestamp()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self.settings.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": door.nonce},
        )
        for known in (True, False):
            try:
                claims = jwt.decode(token, self._key_set(known=known), algorithms=ALGORITHMS).claims
                registry.validate(claims)
                return dict(claims)
            except (JoseError, ValueError, UnicodeError) as error:
                if not known:
                    raise NotSignedInError("the provider's token is not valid here", mend="sign in again") from error
        raise AssertionError("unreachable")

    def _key_set(self, *, known: bool) -> KeySet:
        if self._keys is None or not known:
            self._keys = KeySet.import_key_set(self._get(self._of("jwks_uri")))
        return self._keys

    def _of(self, name: str) -> str:
        """One of the provider's addresses, from its discovery document."""
        if not self._found:
            found = self._get(urljoin(f"{self._issuer}/", ".well-known/openid-configuration"))
            if found.get("issuer") != self.settings.issuer:
                raise SetupError("the OpenID provider names another issuer", mend="correct HERALD_PAGES_ISSUER")
            self._found = found
        return str(self._found[name])

    @property
    def _issuer(self) -> str:
        return self.settings.issuer.rstrip("/") if not self._found else str(self._found["issuer"])

    def _get(self, where: str) -> Any:
        try:
            return httpx.get(where, timeout=TIMEOUT_S).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise SetupError("the OpenID provider cannot be reached", mend="see HERALD_PAGES_ISSUER") from error

    def _client(self) -> OAuth2Session:
        return OAuth2Session(
            self.settings.client_id,
            self.settings.client_secret.get_secret_value(),
            redirect_uri=self.settings.public_url.rstrip("/") + BACK,
            scope="openid",
            code_challenge_method="S256",
            default_timeout=TIMEOUT_S,
        )


def provider(settings: PagesSettings) -> OpenId | None:
    """The provider that the settings name; None: none."""
    return OpenId(settings, SystemClock()) if settings.issuer else None

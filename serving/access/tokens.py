"""Access tokens: signed JWTs (HS256), issued to portals and, by token exchange, to a portal acting for a citizen."""

from dataclasses import dataclass
from secrets import token_urlsafe
from typing import NamedTuple

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from recommender.clock import Clock
from recommender.errors import NotSignedInError
from recommender.identifiers import CitizenId

ISSUER = "herald"
AUDIENCE = "herald-api"
_ALGORITHMS = ["HS256"]
_REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a portal with its scopes, and the citizen whose own token it presents, if any.

    signed_in_s : when that person signed in, in seconds since 1970.
    mandate     : id of the mandate under which somebody else acts for the citizen; None: nobody does.
    """

    portal: str
    scopes: frozenset[str]
    citizen_id: CitizenId | None = None
    signed_in_s: float | None = None
    mandate: str | None = None


class Vouched(NamedTuple):
    """Whom an identity provider vouches for, and when they signed in, in seconds since 1970; None: it does not say."""

    register_number: str
    signed_in_s: float | None


class Tokens:
    """Issues and verifies this server's access tokens. Verified ones are remembered until they expire.

    `clock` is the system's, never a simulated one: tokens cross machines.
    """

    def __init__(self, secret: str, ttl_s: int, clock: Clock) -> None:
        self._key = OctKey.import_key(secret.encode())
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(clock.now().timestamp()),
            leeway=0,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
        )
        self.clock = clock
        self._verified: dict[str, tuple[float, Caller]] = {}
        self.ttl_s = ttl_s

    def issue(self, caller: Caller) -> str:
        """A token for the caller, valid for `ttl_s` from now."""
        now = int(self.clock.now().timestamp())
        claims: dict[str, object] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + self.ttl_s,
            "jti": token_urlsafe(12),
            "client_id": caller.portal,
            "sub": caller.citizen_id or caller.portal,
            "scope": " ".join(sorted(caller.scopes)),
        }
        if caller.citizen_id is not None:
            claims["act"] = {"sub": caller.portal}  # RFC 8693: the portal acts for the citizen
            if caller.signed_in_s is not None:
                claims["auth_time"] = caller.signed_in_s
            if caller.mandate is not None:
                claims["mandate"] = caller.mandate
        return jwt.encode({"alg": "HS256", "typ": "at+jwt"}, claims, self._key)

    def verify(self, token: str) -> Caller:
        """The caller a valid token names. Raises NotSignedInError."""
        known = self._verified.get(token)
        if known is not None and known[0] > self.clock.now().timestamp():
            return known[1]
        claims = verified_claims(token, self._key, self._claims)
        caller = Caller(
            portal=str(claims["client_id"]),
            scopes=frozenset(str(claims.get("scope", "")).split()),
            citizen_id=CitizenId(str(claims["sub"])) if "act" in claims else None,
            signed_in_s=_seconds(claims.get("auth_time")),
            mandate=None if claims.get("mandate") is None else str(claims["mandate"]),
        )
        if len(self._verified) >= _REMEMBERED:
            self._verified.clear()
        self._verified[token] = (float(str(claims["exp"])), caller)
        return caller


class CitizenTokens:
    """Verifies the tokens by which a citizen's identity provider vouches for the citizen (RFC 8693 subject tokens)."""

    def __init__(self, secret: str, issuer: str, clock: Clock) -> None:
        self._key = OctKey.import_key(secret.encode())
        self._issuer = issuer
        self._clock = clock
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(clock.now().timestamp()),
            leeway=0,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            sub={"essential": True},
        )

    def vouched(self, token: str) -> "Vouched":
        """The citizen the token vouches for, and when they signed in. Raises NotSignedInError."""
        claims = verified_claims(token, self._key, self._claims)
        return Vouched(str(claims["sub"]), _seconds(claims.get("auth_time", claims.get("iat"))))

    def issue(self, register_number: str, ttl_s: int, *, signed_in_s_ago: int = 0) -> str:
        """A citizen's own token, for development: elsewhere the identity provider issues it."""
        now = int(self._clock.now().timestamp())
        claims = {"iss": self._issuer, "aud": AUDIENCE, "iat": now, "exp": now + ttl_s, "sub": register_number}
        claims["auth_time"] = now - signed_in_s_ago
        return jwt.encode({"alg": "HS256"}, claims, self._key)


def verified_claims(token: str, key: OctKey, registry: jwt.JWTClaimsRegistry) -> dict[str, object]:
    """The claims of a token that `key` signed and `registry` accepts. Raises NotSignedInError without saying which."""
    try:
        decoded = jwt.decode(token, key, algorithms=_ALGORITHMS)
        registry.validate(decoded.claims)
    except (JoseError, ValueError, UnicodeError) as error:
        raise NotSignedInError(
            "the token is not valid here, or no longer", mend="ask for a new one at /v1/oauth/token"
        ) from error
    return decoded.claims


def _seconds(claim: object) -> float | None:
    return float(claim) if isinstance(claim, int | float) and not isinstance(claim, bool) else None

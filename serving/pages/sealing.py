"""What a browser keeps for the server: encrypted, so that nobody at the browser can read or write it."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER = {"alg": "dir", "enc": "A256GCM"}
_ALGORITHMS = ["dir", "A256GCM"]


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals and opens one kind of cookie; what was sealed for one kind opens as no other."""

    key: OctKey

    @classmethod
    def of(cls, secret: str, kind: str) -> "Seal":
        """The seal of a kind, by a key made from the server's secret."""
        return cls(OctKey.import_key(hmac.new(secret.encode(), f"pages:{kind}".encode(), hashlib.sha256).digest()))

    def close(self, held: dict[str, Any]) -> str:
        """The content as a cookie's value."""
        return jwe.encrypt_compact(_HEADER, json.dumps(held).encode(), self.key)

    def open(self, sealed: str) -> dict[str, Any] | None:
        """The content; None for what this server did not seal."""
        try:
            found = json.loads(jwe.decrypt_compact(sealed, self.key, algorithms=_ALGORITHMS).plaintext or b"")
        except (JoseError, ValueError, UnicodeError):
            return None
        return found if isinstance(found, dict) else None

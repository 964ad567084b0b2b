"""VAPID keys (RFC 8292): a new pair, and the public half that browsers subscribe with."""

from typing import NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02, b64urlencode


class Pair(NamedTuple):
    """Both keys, base64url without padding."""

    private: str
    public: str


def new_pair() -> Pair:
    """Keys made now."""
    vapid = Vapid02()
    vapid.generate_keys()
    number = vapid.private_key.private_numbers().private_value
    return Pair(b64urlencode(number.to_bytes(32, "big")), _public(vapid))


def public_key(private: str) -> str:
    """What a browser is given as applicationServerKey; "" without a private key."""
    return _public(Vapid02.from_string(private)) if private else ""


def _public(vapid: Vapid02) -> str:
    point = vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return str(b64urlencode(point))

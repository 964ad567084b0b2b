"""The short code on every message: keyed, unguessable, easy to read out, with a character that catches a slip."""

import hashlib
import hmac

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, which are mistaken for others."""

LENGTH = 10
_HEARD = str.maketrans("OIL", "011")


def code_of(key: bytes, notification_id: str, turn: int = 0) -> str:
    """The code of a notification: 45 bits of a keyed digest and a check character.

    turn : 0, but where two notifications fall on one code the later takes the next turn.
    """
    digest = hmac.digest(key, f"{turn}:{notification_id}".encode(), hashlib.sha256)
    number = int.from_bytes(digest[:8], "big")
    signs = "".join(ALPHABET[(number >> 5 * place) & 31] for place in range(LENGTH - 1))
    return signs + _check(signs)


def shown(code: str) -> str:
    """As people read it: 7K4QX-M2B9T."""
    return f"{code[:5]}-{code[5:]}"


def read_code(text: str) -> str | None:
    """The code that somebody typed or was told, in whatever case and spacing; None when it cannot be one."""
    if len(text) > 4 * LENGTH or not text.isascii():
        return None
    code = "".join(c for c in text.upper() if c not in " -").translate(_HEARD)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        return None
    return code if _check(code[:-1]) == code[-1] else None


def _check(signs: str) -> str:
    """Luhn's check over base 32: every single slip is caught, and nearly every two neighbours that changed places."""
    total = 0
    for place, sign in enumerate(reversed(signs)):
        value = ALPHABET.index(sign) * (2 - place % 2)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]

"""One protected identifier for one person: a register number is hashed with a key at the door."""

import hashlib
import hmac

from recommender.identifiers import CitizenId


def pseudonymise(register_number: str, key: bytes) -> CitizenId:
    """Give the pseudonym of a register number: HMAC-SHA256 under `key`, first 128 bits as hex.

    Surrounding white space and letter case do not matter, so that two registers' spellings join. The number cannot be
    found again without the key; nothing else of it is kept.
    Raises ValueError when the number is blank or the key is shorter than 16 bytes.
    """
    number = register_number.strip().upper()
    if not number:
        raise ValueError("a register number is blank")
    if len(key) < 16:
        raise ValueError("the identity key is shorter than 16 bytes")
    return CitizenId(hmac.new(key, number.encode(), hashlib.sha256).hexdigest()[:32])

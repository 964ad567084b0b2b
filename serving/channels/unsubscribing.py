"""One-click unsubscribing (RFC 8058): an address per message that ends one channel for whoever it was sent to."""

import base64
import hashlib
import hmac
import re

from recommender.identifiers import NotificationId

_TOKEN = re.compile(r"^([A-Za-z0-9_-]{1,64})\.([a-z]{2,16})\.([A-Za-z0-9_-]{22})$")


def token_for(key: bytes, notification_id: str, channel: str) -> str:
    """Names the notification and not the citizen: headers of an e-mail are read by every server on its way."""
    return f"{notification_id}.{channel}.{_mark(key, notification_id, channel)}"


def read_token(key: bytes, token: str) -> tuple[NotificationId, str] | None:
    """The notification and channel of a token made with the key; None of any other."""
    found = _TOKEN.match(token)
    if found is None:
        return None
    notification_id, channel, mark = found.groups()
    if not hmac.compare_digest(mark.encode(), _mark(key, notification_id, channel).encode()):
        return None
    return NotificationId(notification_id), channel


def _mark(key: bytes, notification_id: str, channel: str) -> str:
    digest = hmac.digest(key, f"unsubscribe:{notification_id}:{channel}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")

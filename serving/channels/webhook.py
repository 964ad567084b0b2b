"""Calls portals: signed as Standard Webhooks, the message id as idempotency key, only public https addresses."""

import ipaddress
import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urlsplit

import urllib3
from standardwebhooks import Webhook
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError

from recommender.clock import Clock, SystemClock
from serving.channels.port import InDoubt, Message, Refused, Unavailable

WEBHOOK = "webhook"
LONGEST_URL = 500
GONE = 410
RESOLVED_S = 60.0
"""Seconds for which a portal's address and secrets are not looked up again."""

Pool = urllib3.HTTPConnectionPool
Secrets = Callable[[str], tuple[str, ...]]
"""The secrets of a portal to sign with, the newest first."""


@dataclass
class WebhookChannel:
    """Calls the address of a message's portal. `send` is called by one thread at a time.

    timeout_s   : seconds for the whole call.
    remember_s  : seconds for which a portal's address and secrets are not looked up again.
    development : true: addresses of this machine may be called, and http.
    """

    secrets: Secrets
    timeout_s: float
    development: bool
    remember_s: float = RESOLVED_S
    name: str = WEBHOOK
    clock: Clock = field(default_factory=SystemClock)  # receivers compare with their own
    _known: dict[str, tuple[float, tuple[str, ...]]] = field(default_factory=dict)
    _pools: dict[str, tuple[float, Pool]] = field(default_factory=dict)

    def send(self, message: Message) -> str:
        """Any answer of 2xx is a delivery; 410 ends the webhook; a redirect is not followed.

        Raises Refused, Unavailable or InDoubt.
        """
        url = urlsplit(message.address)
        body = json.dumps(
            {"type": "notification.shown", "timestamp": message.created_at.isoformat(), "data": dict(message.payload)},
            ensure_ascii=False,
        )
        secrets = self._secrets(message.target)
        if not secrets:
            raise Refused("the portal has no webhook any more")
        headers = self._headers(message.message_id, body, secrets)
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        try:
            answer = self._pool(url).urlopen(
                "POST",
                path,
                body=body.encode(),
                headers={**headers, "Host": url.netloc.rpartition("@")[2]},
                timeout=urllib3.Timeout(total=self.timeout_s),
                redirect=False,
                retries=False,
                assert_same_host=False,
            )
        except (NewConnectionError, ConnectTimeoutError, SSLError) as error:
            raise Unavailable(f"cannot connect ({type(error).__name__})") from error
        except HTTPError as error:
            raise InDoubt(f"no answer ({type(error).__name__})") from error
        _judge(answer.status, answer.headers.get("Retry-After"), self.clock.now())
        return str(answer.headers.get("webhook-id", ""))[:64]

    def _secrets(self, portal: str) -> tuple[str, ...]:
        """The portal's secrets, asked anew after a while: a former one signs for a day."""
        asked, found = self._known.get(portal, (0.0, ()))
        if not found or time.monotonic() - asked > self.remember_s:
            found = self.secrets(portal)
            self._known[portal] = (time.monotonic(), found)
        return found

    def _headers(self, message_id: str, body: str, secrets: tuple[str, ...]) -> dict[str, str]:
        at = self.clock.now()
        signatures = [Webhook(secret).sign(message_id, at, body) for secret in secrets]
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Herald",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }

    def _pool(self, url: SplitResult) -> Pool:
        """Connections to the very address that was looked up and checked: a name that changes meanwhile leads nowhere.

        Raises Unavailable when the name leads nowhere, Refused when it leads inside.
        """
        key = f"{url.scheme}://{url.netloc}"
        made, pool = self._pools.get(key, (0.0, None))
        if pool is not None and time.monotonic() - made < self.remember_s:
            return pool
        host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
        address = _resolved(host, port, development=self.development)
        if url.scheme == "https":
            pool = urllib3.HTTPSConnectionPool(address, port, maxsize=1, server_hostname=host, assert_hostname=host)
        else:
            pool = urllib3.HTTPConnectionPool(address, port, maxsize=1)
        self._pools[key] = (time.monotonic(), pool)
        return pool


def check_url(url: str, *, development: bool) -> str:
    """Why an address may not be called, or ""; what its name leads to is looked at when it is called."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "it is no address"
    if len(url) > LONGEST_URL or not parts.hostname or port == 0 or not url.isascii() or not url.isprintable():
        return "it is no address"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "it holds credentials or a fragment"
    if parts.scheme != "https" and not (development and parts.scheme == "http"):
        return "it is not https"
    literal = _literal(parts.hostname)
    if literal is not None and not development and not literal.is_global:
        return "it is not public"
    return ""


def _resolved(host: str, port: int, *, development: bool) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unavailable("the portal's name cannot be looked up") from error
    for *_, place in found:
        literal = _literal(str(place[0]))
        if literal is not None and (development or literal.is_global):
            return str(literal)
    raise Refused("the portal's name leads to an address that is not public")


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _judge(status: int, retry_after: str | None, now: datetime) -> None:
    if 200 <= status < 300:
        return
    if status == GONE:
        raise Refused("the portal answered 410", gone=True)
    raise Unavailable(f"the portal answered {status}", after_s=_seconds(retry_after, now))


def _seconds(retry_after: str | None, now: datetime) -> float | None:
    """How long the portal asks to wait: seconds or a date; None when it says nothing that can be read."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal() and len(retry_after.strip()) < 7:
        return float(retry_after)
    try:
        at = parsedate_to_datetime(retry_after)
        return max(0.0, (at - now).total_seconds())
    except (ValueError, TypeError):
        return None

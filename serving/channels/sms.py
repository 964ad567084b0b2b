"""SMS through one HTTP gateway: a signed JSON request with our message id, by which the gateway knows a repetition."""

import json
import re
from dataclasses import dataclass, field

import httpx
from standardwebhooks.webhooks import Webhook

from recommender.clock import Clock, SystemClock
from serving.channels.port import InDoubt, Message, Refused, Unavailable
from serving.channels.settings import ChannelSettings
from serving.messages.plain import one_line

_NUMBER = re.compile(r"^\+?[0-9]{5,18}$")
_NO_SUCH = frozenset({410, 422})
"""Answers by which a gateway says that the number is none."""

_OURS = frozenset({401, 403, 404, 408, 425, 429, 503})
"""Answers that are about us, or about now: nothing was sent, and the number may be right."""

_LONGEST_REPLY = 2_000


@dataclass
class SmsChannel:
    """Hands messages to the gateway. clock: the system's, for signatures cross machines."""

    settings: ChannelSettings
    clock: Clock = field(default_factory=SystemClock)
    name: str = "sms"
    _http: httpx.Client | None = field(default=None, init=False)

    def send(self, message: Message) -> str:
        """The gateway's reference for the message.

        Raises Refused for a number that there is not, Unavailable when the gateway did not take it, InDoubt when it
        answered with an error of its own or not at all.
        """
        number = re.sub(r"[\s().-]", "", message.address)
        if not _NUMBER.match(number):
            raise Refused("the address is no telephone number", gone=True)
        said = {"message_id": message.message_id, "to": number, "text": message.text, "language": message.language}
        body = json.dumps(said, ensure_ascii=False)
        try:
            answer = self._client().post(
                self.settings.sms_url, content=body.encode(), headers=self._signed(message, body)
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise Unavailable(f"SMS gateway: {type(error).__name__}") from error
        except httpx.HTTPError as error:
            raise InDoubt(f"SMS gateway: {type(error).__name__} after the request") from error
        return _reference(answer)

    def close(self) -> None:
        """End the connections."""
        http, self._http = self._http, None
        if http is not None:
            http.close()

    def _client(self) -> httpx.Client:
        if self._http is None:
            self._http = httpx.Client(timeout=self.settings.sms_timeout_s, follow_redirects=False)
        return self._http

    def _signed(self, message: Message, body: str) -> dict[str, str]:
        """Standard Webhooks: the id is the idempotency key."""
        now = self.clock.now()
        signature = Webhook(self.settings.sms_secret.get_secret_value().encode()).sign(message.message_id, now, body)
        return {
            "Content-Type": "application/json",
            "webhook-id": message.message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }


def _reference(answer: httpx.Response) -> str:
    status = answer.status_code
    if status in (200, 201, 202, 204, 409):  # 409: it has a message of this id already
        try:
            told = answer.json() if len(answer.content) <= _LONGEST_REPLY else None
        except ValueError:
            told = None
        return one_line(str(told.get("id", "")), 100) if isinstance(told, dict) else ""
    words = f"SMS gateway: {status}"
    if status in _NO_SUCH:
        raise Refused(words, gone=True)
    if status in _OURS or 300 <= status < 400:
        raise Unavailable(words, after_s=_seconds(answer.headers.get("retry-after", "")))
    if status >= 500:
        raise InDoubt(words)
    raise Refused(words)


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None

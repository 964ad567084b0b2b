"""Web Push (RFC 8030, 8291, 8292): encrypted for each browser that the citizen subscribed with, signed by VAPID."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

import requests
from py_vapid import Vapid02
from pywebpush import WebPushException, webpush

from recommender.errors import SettingsError
from serving.channels.port import InDoubt, Message, Refused, Unavailable
from serving.channels.settings import ChannelSettings

_ENDED = frozenset({404, 410})
_OURS = frozenset({401, 403, 429})
"""Answers that are about our key or our haste: the subscription is still good."""


@dataclass
class WebPushChannel:
    """Sends to every browser of the citizen; one that took it is enough. ended: told of subscriptions that are no more.

    A message's address is a JSON list of subscriptions, as browsers give them.
    """

    settings: ChannelSettings
    ended: Callable[[str], None]
    name: str = "webpush"
    _session: requests.Session = field(default_factory=requests.Session, init=False)

    def __post_init__(self) -> None:
        _ = self._key  # a key that is none is named at the start, not at the first message
        self._session.max_redirects = 0  # a push service that sends us elsewhere could send us into our own network

    def send(self, message: Message) -> str:
        """The push services' references. Raises Refused when every subscription ended, Unavailable, InDoubt."""
        body = json.dumps(dict(message.payload), ensure_ascii=False)
        taken: list[str] = []
        troubles: list[Refused | Unavailable | InDoubt] = []
        for subscription in _subscriptions(message.address):
            try:
                taken.append(self._push(subscription, body))
            except (Refused, Unavailable, InDoubt) as refused:
                troubles.append(refused)
        if taken:
            return " ".join(reference for reference in taken if reference)[:200]
        for kind in (InDoubt, Unavailable, Refused):
            for trouble in troubles:
                if isinstance(trouble, kind):
                    raise trouble
        raise Refused("no browser is subscribed", gone=True)

    def close(self) -> None:
        """End the connections."""
        self._session.close()

    def _push(self, subscription: Mapping[str, Any], body: str) -> str:
        endpoint = str(subscription["endpoint"])
        try:
            answer = webpush(
                dict(subscription),
                data=body,
                vapid_private_key=self._key,
                vapid_claims={"sub": self.settings.push_contact},
                ttl=self.settings.push_ttl_s,
                timeout=self.settings.push_timeout_s,
                requests_session=self._session,
            )
        except WebPushException as error:
            self._answered(endpoint, error)
        except (requests.ConnectTimeout, requests.TooManyRedirects) as error:
            raise Unavailable(f"push service: {type(error).__name__}") from error
        except requests.Timeout as error:
            raise InDoubt("push service: no answer after the request") from error
        except requests.RequestException as error:
            raise Unavailable(f"push service: {type(error).__name__}") from error
        except (ValueError, TypeError) as error:  # the browser's key is no point of the curve
            self.ended(endpoint)
            raise Refused("the subscription's keys cannot be used", gone=True) from error
        return "" if isinstance(answer, str) else str(answer.headers.get("location", ""))[:100]

    def _answered(self, endpoint: str, error: WebPushException) -> NoReturn:
        status = None if error.response is None else error.response.status_code
        if status in _ENDED:
            self.ended(endpoint)
            raise Refused(f"push service: {status}, the subscription ended", gone=True) from error
        if status is None or status in _OURS or status >= 500:
            raise Unavailable(f"push service: {status}") from error
        raise Refused(f"push service: {status}") from error

    @cached_property
    def _key(self) -> Vapid02:
        try:
            return Vapid02.from_string(self.settings.push_private_key.get_secret_value())
        except Exception as error:  # the library raises whatever its parsers do
            raise SettingsError(
                "[channels] push_private_key is no VAPID key", mend="make one with `herald notify push-key`"
            ) from error


def _subscriptions(address: str) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(address)
    except ValueError as error:
        raise Refused("the address is no list of subscriptions", gone=True) from error
    return [one for one in found if isinstance(one, dict) and "endpoint" in one] if isinstance(found, list) else []

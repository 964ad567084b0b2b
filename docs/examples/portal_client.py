"""A portal's client for Herald: httpx and standardwebhooks, nothing else. Take it along and make it yours."""

import json
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx
from standardwebhooks import Webhook

ATTEMPTS = 5
LONGEST_WAIT_S = 30.0
RENEW_S = 30.0
"""A token is renewed so many seconds before it ends."""
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"


class Refused(Exception):
    """Herald answered with a problem (RFC 9457). `mend` says what to do about it."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status, self.problem = status, problem
        self.mend = str(problem.get("mend") or "")
        super().__init__(f"{status}: {problem.get('detail', '')}{'; ' if self.mend else ''}{self.mend}")


@dataclass
class Herald:
    """Calls Herald as a portal, or with `subject_token` for one citizen, then known as `me`.

    A token is fetched when needed and kept until shortly before it ends. A call is tried again after 429, 5xx and a
    lost connection: every call here may be repeated, a fact because of its id. `Retry-After` is kept to.
    """

    url: str
    client_id: str
    secret: str
    subject_token: str = ""
    timeout_s: float = 10.0
    _http: httpx.Client = field(init=False)
    _token: tuple[str, float] = ("", 0.0)

    def __post_init__(self) -> None:
        self._http = httpx.Client(base_url=self.url, timeout=self.timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def resolve(self, register_number: str) -> str:
        """This portal's identifier of the citizen; keep it, the register number is not needed again."""
        return str(self._ask("POST", "/v1/citizens/resolve", {"register_number": register_number})["citizen_id"])

    def recommendations(self, citizen: str, k: int = 5, language: str = "") -> dict[str, Any]:
        """What the citizen most needs now, and the one question worth asking."""
        return self._ask("GET", f"/v1/citizens/{citizen}/recommendations", k=k, language=language or None)

    def answer(self, citizen: str, attribute: str, value: bool | float | str | None) -> dict[str, Any]:
        """The recommendations after the citizen's answer; None takes an answer back."""
        return self._ask("POST", f"/v1/citizens/{citizen}/answers", {"attribute": attribute, "value": value})

    def life_event(self, fact_id: str, register_number: str, kind: str, happened_at: str) -> dict[str, Any]:
        """Tell a life event. The same id with the same body gets the first answer again."""
        body = {"id": fact_id, "register_number": register_number, "type": kind, "happened_at": happened_at}
        return self._ask("POST", "/v1/life-events", body)

    def inbox(self, citizen: str, after: int = 0) -> list[dict[str, Any]]:
        """Up to 100 notifications after a sequence number, oldest first."""
        found = self._ask("GET", f"/v1/citizens/{citizen}/notifications", after=after)["notifications"]
        return list(found)

    def stream(self, citizen: str, after: int = 0) -> Iterator[dict[str, Any]]:
        """Each notification after a sequence number, for ever. A lost connection is taken up where it was lost."""
        failed = 0
        while True:
            try:
                for notification in self._events(citizen, after):
                    after, failed = int(notification["sequence"]), 0
                    yield notification
            except httpx.TransportError:
                failed += 1
            except Refused as refused:
                if refused.status != 429 and refused.status < 500:
                    raise
                failed += 1
            time.sleep(_pause(failed))

    def feedback(self, notification_id: str, kind: str, service_id: str = "") -> None:
        """impression, not_now, never, already_have or wrong; without a service it is about all of them."""
        body = {"kind": kind, **({"service_id": service_id} if service_id else {})}
        self._ask("POST", f"/v1/notifications/{notification_id}/feedback", body)

    def application(self, citizen: str, service_id: str, stage: str, reason: str = "") -> dict[str, Any]:
        """Report started, submitted, granted, refused (with its reason) or ended. Twice is the same as once."""
        body = {"service_id": service_id, "stage": stage, **({"reason": reason} if reason else {})}
        return self._ask("POST", f"/v1/citizens/{citizen}/applications", body)

    def put_webhook(self, url: str) -> str:
        """Be called there from now on. Gives the secret, which comes only once; "" when it stays as it was."""
        return str(self._ask("PUT", "/v1/portal/webhook", {"url": url})["secret"] or "")

    def _ask(self, method: str, path: str, body: object = None, **query: object) -> dict[str, Any]:
        asked = httpx.QueryParams({name: str(value) for name, value in query.items() if value is not None})
        for attempt in range(ATTEMPTS):
            try:
                headers = {"Authorization": f"Bearer {self._signed_in()}"}
                answer = self._http.request(method, path, json=body, params=asked, headers=headers)
            except httpx.TransportError:
                if attempt + 1 == ATTEMPTS:
                    raise
                time.sleep(_pause(attempt + 1))
                continue
            if answer.status_code == 401:
                self._token = ("", 0.0)  # the server's key was changed, or a clock is wrong
            elif answer.status_code != 429 and answer.status_code < 500:
                break
            if attempt + 1 < ATTEMPTS:
                time.sleep(_pause(attempt + 1, answer.headers.get("Retry-After")))
        return _read(answer)

    def _events(self, citizen: str, after: int) -> Iterator[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self._signed_in()}", "Last-Event-ID": str(after)}
        # A heartbeat comes every 15 s; silence for longer means that the connection is gone.
        waits = httpx.Timeout(self.timeout_s, read=45.0)
        path = f"/v1/citizens/{citizen}/notifications/stream"
        with self._http.stream("GET", path, headers=headers, timeout=waits) as answer:
            if answer.status_code != 200:
                answer.read()
                _read(answer)
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))

    def _signed_in(self) -> str:
        token, until = self._token
        if time.monotonic() < until:
            return token
        form = {"grant_type": "client_credentials"}
        if self.subject_token:
            form = {"grant_type": EXCHANGE, "subject_token": self.subject_token, "subject_token_type": JWT}
        answer = self._http.post("/v1/oauth/token", data=form, auth=(self.client_id, self.secret))
        told = _read(answer)
        self._token = (str(told["access_token"]), time.monotonic() + float(told["expires_in"]) - RENEW_S)
        return self._token[0]


def read_webhook(secret: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The notification that Herald sent. Raises standardwebhooks.WebhookVerificationError: answer it 400.

    A message older than five minutes raises it, too. Keep `webhook-id`: one that came before is answered 204, dropped.
    """
    found: dict[str, Any] = Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})
    return found


def _read(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_success:
        return dict(answer.json()) if answer.content else {}
    try:
        problem = answer.json()
    except ValueError:
        problem = {"detail": f"not from Herald: {answer.reason_phrase}"}
    raise Refused(answer.status_code, problem if isinstance(problem, dict) else {})


def _pause(failed: int, asked: str | None = None) -> float:
    """Seconds until the next attempt: what the server asks for, else twice as long each time; never all at once."""
    if asked and asked.isdecimal():
        return min(float(asked), LONGEST_WAIT_S)
    return random.uniform(0.5, 1.0) * float(min(0.2 * 2 ** min(failed, 10), LONGEST_WAIT_S))

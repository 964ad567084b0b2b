"""Every route of the API is tried by every stranger: refused, logged, and nothing of the citizen in the answer.

The routes come from the application, their bodies from the examples of its own document: a new route is walked at once.
"""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recommender.clock import FixedClock
from serving.access.scopes import Scope
from serving.access.tokens import Caller, CitizenTokens, Tokens
from serving.logs import JsonLines

SECRET = "portal-secret-for-tests"
PUBLIC = {
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("post", "/v1/oauth/token"),
    ("get", "/v1/unsubscribe/{token}"),
    ("post", "/v1/unsubscribe/{token}"),
    ("post", "/v1/sms/receipts"),
    ("post", "/v1/sms/replies"),
}
"""Without a token: no answer is about anyone, or the sender signs (tests/architecture/test_routes.py)."""
QUERY = {"service_id": "birth_allowance", "purpose": "complaint 31/77", "reach": "all"}


class Walk:
    """The town's routes, with bodies and identifiers that would do for whoever may."""

    def __init__(self, town: Any) -> None:
        self.town = town
        document = town.http.get("/openapi.json").json()
        self._forms = document["components"]["schemas"]
        self.routes = {
            (method, path): operation
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
            if (method, path) not in PUBLIC
        }
        town.tell("e1", "anna")
        town.settle()
        self.citizen = town.resolve("anna")
        self.known = {
            "citizen_id": self.citizen,
            "notification_id": town.inbox("anna")[0]["notification_id"],
            "decision_id": "none",
            "mandate_id": carer(town, "anna", "bert"),
            "fact_id": "e1",
            "service_id": "birth_allowance",
            "channel": "email",
            "outbox_id": "1",
            "subscription_id": "0" * 32,
            "dispute_id": "d",
            "item_id": "1",
            "code": "7K4QX-M2B9T",
        }

    def about(self, *names: str) -> list[tuple[str, str]]:
        """The routes whose path has one of these."""
        return [route for route in self.routes if any(f"{{{name}}}" in route[1] for name in names)]

    def call(self, route: tuple[str, str], headers: dict[str, str], **known: str) -> Any:
        method, path = route
        operation = self.routes[route]
        where = path.format(**{**self.known, **known})
        asked = {
            one["name"]: QUERY[one["name"]]
            for one in operation.get("parameters", [])
            if one["in"] == "query" and one.get("required")
        }
        body = None
        for content in operation.get("requestBody", {}).get("content", {}).values():
            body = self._forms[content["schema"]["$ref"].rpartition("/")[2]]["examples"][0]
        return self.town.http.request(method, where, params=asked, headers=headers, json=body)


@pytest.fixture
def walk(town: Any) -> Walk:
    return Walk(town)


@pytest.fixture
def said() -> Iterator[list[str]]:
    """Each line that Herald writes to its log, as the test goes on."""
    lines: list[str] = []
    written = JsonLines()

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(written.format(record))

    handler, herald = Kept(), logging.getLogger("herald")
    before = herald.level
    herald.setLevel(logging.INFO)
    herald.addHandler(handler)
    yield lines
    herald.removeHandler(handler)
    herald.setLevel(before)


def refused(route: tuple[str, str], answer: Any, said: list[str], *statuses: int) -> None:
    """A problem body and one line in the log, neither of which names anybody."""
    assert answer.status_code in statuses, (route, answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json", route
    line = json.loads(said[-1])
    assert (line["event"], line["status"]) == ("request_refused", answer.status_code), route
    for told in (answer.text, *said):
        assert "anna" not in told and "bert" not in told and "child_born" not in told, (route, told)


def token(caller: Caller, secret: str, *, hours_ago: float = 0) -> dict[str, str]:
    clock = FixedClock(datetime.now(UTC) - timedelta(hours=hours_ago))
    return {"Authorization": f"Bearer {Tokens(secret, 900, clock).issue(caller)}"}


def own(town: Any, number: str, **form: str) -> dict[str, str]:
    settings = town.herald.settings
    secret = settings.citizen_token_secret.get_secret_value()
    subject = CitizenTokens(secret, settings.citizen_token_issuer, town.herald.tokens.clock).issue(number, 600)
    asked = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": subject,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        **form,
    }
    answer = town.http.post("/v1/oauth/token", data=asked, auth=("portal", SECRET))
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def carer(town: Any, of: str, holder: str) -> str:
    until = (datetime.now(UTC) + timedelta(days=300)).date().isoformat()
    body = {"register_number": holder, "may": ["recommend", "feedback"], "until": until}
    answer = town.http.post("/v1/citizens/me/mandates", json=body, headers=own(town, of))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["mandate_id"])


def test_without_a_token_that_holds_nothing_is_answered(walk: Walk, said: list[str]) -> None:
    right = walk.town.herald.settings.token_secret.get_secret_value()
    caller = Caller("portal", frozenset(map(str, Scope)))
    strangers = [
        {},
        token(caller, right, hours_ago=1),
        token(caller, "a key that somebody else made up, long enough"),
        {"Authorization": token(caller, right)["Authorization"][:-4] + "AAAA"},
    ]
    assert len(walk.routes) > 40
    for route in walk.routes:
        for headers in strangers:
            refused(route, walk.call(route, headers), said, 401)
    refused(("get", "/metrics"), walk.call(("get", "/metrics"), {}), said, 401)


def test_every_scope_but_the_right_one_opens_nothing(walk: Walk, said: list[str]) -> None:
    secret = walk.town.herald.settings.token_secret.get_secret_value()
    tried = 0
    for route, operation in walk.routes.items():
        needed = [scope for one in operation["security"] for scopes in one.values() for scope in scopes]
        if needed:
            others = Caller("portal", frozenset(map(str, Scope)) - set(needed))
            refused(route, walk.call(route, token(others, secret)), said, 403)
            tried += 1
    assert tried > 35


def test_a_portal_without_a_link_reaches_nothing_of_a_citizen(walk: Walk, said: list[str]) -> None:
    other = walk.town.headers(*map(str, Scope), portal="other")
    routes = walk.about("citizen_id", "notification_id", "mandate_id", "fact_id", "subscription_id")
    assert len(routes) > 20
    for route in routes:
        refused(route, walk.call(route, other), said, 403, 404)
    assert len(walk.town.inbox("anna")) == 1, "nothing was changed, either"


def test_a_citizens_own_token_reaches_nothing_of_another(walk: Walk, said: list[str]) -> None:
    bert = own(walk.town, "bert")
    for route in walk.about("citizen_id", "notification_id", "subscription_id"):
        refused(route, walk.call(route, bert), said, 403, 404)


def test_in_safe_mode_neither_carer_nor_portal_reaches_anything(walk: Walk, said: list[str]) -> None:
    acting = own(walk.town, "bert", mandate=walk.known["mandate_id"])
    portal = walk.town.headers(*map(str, Scope))
    on = walk.town.http.put("/v1/citizens/me/safe-mode", json={"on": True}, headers=own(walk.town, "anna"))
    assert on.status_code == 200
    for route in walk.about("citizen_id", "notification_id", "subscription_id"):
        refused(route, walk.call(route, acting, citizen_id="me"), said, 403, 404)
        if route[1].startswith("/v1/counter/"):
            continue  # a counter may switch safe mode off, and issue mandates that rest until it is
        refused(route, walk.call(route, portal), said, 403, 404)


def test_the_walk_would_be_answered_if_it_were_allowed(walk: Walk) -> None:
    """Else a refusal for a malformed request would pass for a refusal of the stranger."""
    portal = walk.town.headers(*map(str, Scope))
    read = [route for route in walk.about("citizen_id") if route[0] == "get" and not route[1].endswith("/stream")]
    answered = {route: walk.call(route, portal).status_code for route in read}
    only_own = {"/v1/citizens/{citizen_id}/mandates", "/v1/citizens/{citizen_id}/safe-mode"}
    assert {route[1] for route, status in answered.items() if status != 200} <= only_own, answered

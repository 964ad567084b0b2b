"""Every route is authenticated, and every way out of the system is listed here by name (promise 9).

A new route fails these tests until someone adds it on purpose, with what it hands out and to whom. No way out may serve
for checking on, ending or sanctioning anyone.
"""

from collections.abc import Iterator

import pytest
from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from serving.access.auth import signed_in
from serving.access.scopes import CITIZEN, Scope
from serving.app import MODULES

OPEN = {
    "GET /healthz",
    "GET /readyz",
    "POST /v1/oauth/token",
    "GET /v1/unsubscribe/{token}",  # a page with a button, whatever the token
    "POST /v1/sms/receipts",  # signed with the gateway's key; answers nothing
    "POST /v1/sms/replies",  # signed with the gateway's key; answers which word it understood
    "POST /v1/unsubscribe/{token}",  # the token is signed; it ends one channel and answers nothing about anyone
}
"""Without a token: they say nothing about anyone. /docs and /openapi.json are FastAPI's own and hold no data."""

ANY_TOKEN = "any"

WAYS_OUT = {
    "POST /v1/life-events": (Scope.FACTS, "a receipt for the sender's own fact"),
    "GET /v1/life-events/{fact_id}": (Scope.FACTS, "what became of the sender's own fact: accepted, parked, decided"),
    "POST /v1/attributes": (Scope.FACTS, "a receipt for the sender's own fact"),
    "POST /v1/citizens/resolve": (Scope.RECOMMEND, "an identifier of the citizen for this portal only"),
    "GET /v1/citizens/{citizen_id}/legal-ground": (Scope.RECOMMEND, "whether a linked citizen objects to being told"),
    "PUT /v1/citizens/{citizen_id}/legal-ground": (Scope.FEEDBACK, "the same, after a change"),
    "GET /v1/citizens/{citizen_id}/preferences": (Scope.RECOMMEND, "when a linked citizen is not to be disturbed"),
    "PUT /v1/citizens/{citizen_id}/preferences": (Scope.FEEDBACK, "the same, after a change"),
    "GET /v1/citizens/{citizen_id}/recommendations": (
        Scope.RECOMMEND,
        "a linked citizen's services that they may have, most needed first, never those they may not have",
    ),
    "POST /v1/citizens/{citizen_id}/answers": (Scope.FEEDBACK, "the same, after the citizen's answer to a question"),
    "GET /v1/citizens/{citizen_id}/notifications": (Scope.RECOMMEND, "what a linked citizen was told"),
    "GET /v1/citizens/{citizen_id}/notifications/stream": (Scope.RECOMMEND, "the same, as it is told"),
    "GET /v1/push-key": (ANY_TOKEN, "the server's public key for browsers"),
    "GET /v1/counter/worklist": (
        Scope.COUNTER,
        "whom this desk is to tell in person and what, the purpose logged and shown to the citizen",
    ),
    "POST /v1/counter/worklist/{item_id}/outcome": (Scope.COUNTER, "nothing"),
    "POST /v1/counter/returned-letters": (Scope.COUNTER, "nothing"),
    "GET /v1/citizens/{citizen_id}/channels": (Scope.RECOMMEND, "which channels reach a linked citizen, no address"),
    "PUT /v1/citizens/{citizen_id}/channels/{channel}": (Scope.FEEDBACK, "the same, after a change"),
    "POST /v1/citizens/{citizen_id}/push-subscriptions": (Scope.FEEDBACK, "an id, to the citizen's own token only"),
    "DELETE /v1/citizens/{citizen_id}/push-subscriptions/{subscription_id}": (Scope.FEEDBACK, "nothing"),
    "POST /v1/notifications/{notification_id}/feedback": (Scope.FEEDBACK, "nothing"),
    "GET /v1/codes/{code}": (ANY_TOKEN, "whether a message is genuine, when and by which authority; never whose"),
    "GET /v1/decisions/{decision_id}": (Scope.AUDIT, "one receipt, its purpose logged and shown to the citizen"),
    "GET /v1/citizens/{citizen_id}/mandates": (Scope.RECOMMEND, "who may act for the citizen, to the citizen alone"),
    "POST /v1/citizens/{citizen_id}/mandates": (Scope.FEEDBACK, "the mandate that the citizen just gave"),
    "DELETE /v1/mandates/{mandate_id}": (Scope.FEEDBACK, "nothing"),
    "GET /v1/citizens/{citizen_id}/safe-mode": (Scope.RECOMMEND, "whether it is on, to the citizen alone"),
    "PUT /v1/citizens/{citizen_id}/safe-mode": (Scope.FEEDBACK, "the same, after a change"),
    "POST /v1/counter/citizens/{citizen_id}/mandates": (Scope.COUNTER, "the mandate that the counter just issued"),
    "DELETE /v1/counter/mandates/{mandate_id}": (Scope.COUNTER, "nothing"),
    "PUT /v1/counter/citizens/{citizen_id}/safe-mode": (Scope.COUNTER, "what the counter just set"),
    "GET /v1/citizens/{citizen_id}/why": (
        Scope.RECOMMEND,
        "whether and why a linked citizen was told of a service or not, in words; no score",
    ),
    "GET /v1/citizens/{citizen_id}/disputes": (Scope.RECOMMEND, "what a linked citizen called wrong, where it stands"),
    "PUT /v1/disputes/{dispute_id}": (Scope.FACTS, "a dispute about the register's own record, settled"),
    "GET /v1/citizens/{citizen_id}/applications": (Scope.RECOMMEND, "where a linked citizen's applications stand"),
    "POST /v1/citizens/{citizen_id}/applications": (Scope.FEEDBACK, "the same, after a report"),
    "GET /v1/false-alarms": (Scope.OPERATE, "refusals after a push by rule version, nothing by citizen, none under 10"),
    "GET /v1/citizens/{citizen_id}/readings": (Scope.RECOMMEND, "who opened a linked citizen's record, and why"),
    "PUT /v1/portal/webhook": (Scope.RECOMMEND, "the portal's own webhook and its secret"),
    "POST /v1/portal/webhook/secret": (Scope.RECOMMEND, "a new secret of the portal's own webhook"),
    "GET /v1/portal/webhook": (Scope.RECOMMEND, "where the portal itself is called"),
    "DELETE /v1/portal/webhook": (Scope.RECOMMEND, "nothing"),
    "GET /v1/deliveries": (Scope.OPERATE, "counts by channel and state, nothing by citizen"),
    "GET /v1/deliveries/poison": (Scope.OPERATE, "deliveries that reached nobody, without citizen or content"),
    "POST /v1/deliveries/{outbox_id}/retry": (Scope.OPERATE, "nothing"),
    "GET /v1/services": (ANY_TOKEN, "the catalogue, which is public"),
    "GET /v1/services/{service_id}": (ANY_TOKEN, "one of its services in full"),
    "PUT /v1/stops": (Scope.OPERATE, "what is stopped, nothing by citizen"),
    "DELETE /v1/stops": (Scope.OPERATE, "the same, lifted"),
    "GET /v1/stops": (Scope.OPERATE, "what is stopped and was, nothing by citizen"),
    "GET /metrics": (Scope.OPERATE, "counts and durations, nothing by citizen"),
}


def _routes() -> Iterator[tuple[str, APIRoute]]:
    for module in MODULES:
        router: APIRouter = module.router
        for route in router.routes:
            assert isinstance(route, APIRoute), f"{route} is not an API route: list it here by hand"
            for method in sorted(route.methods):
                yield f"{method} {route.path}", route


def _security(dependant: Dependant) -> Iterator[Dependant]:
    for inner in dependant.dependencies:
        if inner.call is signed_in:
            yield inner
        yield from _security(inner)


ROUTES = dict(_routes())


def test_every_way_out_is_listed_by_name() -> None:
    assert set(ROUTES) == OPEN | set(WAYS_OUT)


@pytest.mark.parametrize("name", sorted(set(ROUTES) - OPEN))
def test_every_route_asks_for_a_token_with_the_scope_listed(name: str) -> None:
    found = list(_security(ROUTES[name].dependant))
    assert len(found) == 1, f"{name} does not sign its caller in"
    scopes = found[0].own_oauth_scopes or []
    listed = WAYS_OUT[name][0]
    assert list(scopes) == ([] if listed == ANY_TOKEN else [str(listed)])


@pytest.mark.parametrize("name", sorted(OPEN))
def test_what_is_open_signs_nobody_in(name: str) -> None:
    assert not list(_security(ROUTES[name].dependant))


def test_no_scope_is_for_checking_on_people() -> None:
    assert {str(scope) for scope in Scope} == {"recommend", "facts:write", "feedback", "operate", "counter", "audit"}


def test_a_citizens_own_token_reads_and_answers_only() -> None:
    assert {Scope.RECOMMEND, Scope.FEEDBACK} == CITIZEN

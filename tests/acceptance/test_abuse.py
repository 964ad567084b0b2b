"""Hostile callers are refused and logged, and no answer or log line names another citizen."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from serving.access.tokens import CitizenTokens
from serving.logs import JsonLines

SECRET = "portal-secret-for-tests"
HOSTILE = (
    "' OR '1'='1",
    'anna"; DROP TABLE citizens; --',
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f%2e%2e%2f",
    "{{7*7}}",
    "anna%00",
    "anna%0d%0aX-Injected:%20yes",
    "%F0%9F%98%80",
    "a" * 5000,
)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, Any]]]:
    """Each line that Herald writes to its log, as the test goes on."""
    caplog.set_level(logging.INFO, logger="herald")
    lines: list[dict[str, Any]] = []
    written = JsonLines()

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(written.format(record)))

    handler = Kept()
    logging.getLogger("herald").addHandler(handler)
    yield lines
    logging.getLogger("herald").removeHandler(handler)


def _refused(
    answer: Any, said: list[dict[str, Any]], *statuses: int, names: tuple[str, ...] = ("anna", "bert")
) -> None:
    """Refused with a problem body and one log line that names nobody."""
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    line = [entry for entry in said if entry["event"] == "request_refused"][-1]
    assert line["status"] == answer.status_code
    told = answer.text + str(dict(answer.headers)) + json.dumps(said)
    assert not any(name in told for name in names), told


def _own(town: Any, number: str) -> dict[str, str]:
    settings = town.herald.settings
    own = CitizenTokens(
        settings.citizen_token_secret.get_secret_value(), settings.citizen_token_issuer, town.herald.tokens.clock
    )
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": own.issue(number, 60),
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
    }
    answer = town.http.post("/v1/oauth/token", data=form, auth=("portal", SECRET))
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_a_portal_reads_nobody_by_an_identifier_of_another_portal(town: Any, said: list[dict[str, Any]]) -> None:
    of_portal = town.resolve("anna")
    headers = town.headers("recommend", portal="other")
    for what in ("recommendations", "notifications", "preferences"):
        _refused(
            town.http.get(f"/v1/citizens/{of_portal}/{what}", headers=headers), said, 404, names=("anna", of_portal)
        )


def test_a_citizens_own_token_opens_no_other_citizen(town: Any, said: list[dict[str, Any]]) -> None:
    anna = town.resolve("anna")
    for what in ("recommendations", "notifications", "preferences", "mandates"):
        answer = town.http.get(f"/v1/citizens/{anna}/{what}", headers=_own(town, "bert"))
        _refused(answer, said, 403, 404, names=("anna", anna))


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic YTpi", "Bearer " + "x" * 5000])
def test_a_forged_sign_in_opens_nothing(town: Any, said: list[dict[str, Any]], header: str) -> None:
    anna = town.resolve("anna")
    answer = town.http.get(f"/v1/citizens/{anna}/recommendations", headers={"Authorization": header})
    _refused(answer, said, 401, names=("anna", anna))


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_identifier_is_nobody(town: Any, said: list[dict[str, Any]], name: str) -> None:
    headers = town.headers("recommend", "audit")
    for path in (f"/v1/citizens/{name}/recommendations", f"/v1/decisions/{name}?purpose=test"):
        answer = town.http.get(path, headers=headers)
        _refused(answer, said, 404, 422, names=("bert", "X-Injected"))
        assert "x-injected" not in answer.headers
    assert town.http.get(f"/v1/citizens/{town.resolve('anna')}/recommendations", headers=headers).status_code == 200


def test_a_request_sent_again_changes_nothing_and_a_changed_one_is_refused(
    town: Any, said: list[dict[str, Any]]
) -> None:
    first = town.tell("once", "anna")
    assert town.tell("once", "anna").json() == first.json()
    town.settle()
    assert len(town.inbox("anna")) == 1
    _refused(town.tell("once", "bert"), said, 409)
    town.settle()
    assert len(town.inbox("anna")) == 1
    assert town.inbox("bert") == []


@pytest.mark.parametrize("chunked", [False, True])
def test_an_oversized_body_is_refused_before_it_is_parsed(town: Any, said: list[dict[str, Any]], chunked: bool) -> None:
    size = town.herald.settings.body_limit_bytes + 1
    body: Any = (b" " * 4096 for _ in range(size // 4096 + 1)) if chunked else b" " * size
    headers = town.headers("facts:write") | {"Content-Type": "application/json"}
    _refused(town.http.post("/v1/life-events", content=body, headers=headers), said, 413)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[" * 20000, "application/json"),
        (b'{"id": ' + b"9" * 9000 + b"}", "application/json"),
        (b'{"id": "a", "id": NaN}', "application/json"),
        (b"\xff\xfe\x00", "application/json"),
        (b"<x/>", "application/xml"),
        (b'{"id": "a"}', "text/plain"),
    ],
    ids=["deep", "long number", "not a number", "not text", "xml", "plain"],
)
def test_a_body_that_is_no_fact_is_refused(town: Any, said: list[dict[str, Any]], body: bytes, kind: str) -> None:
    headers = town.headers("facts:write") | {"Content-Type": kind}
    _refused(town.http.post("/v1/life-events", content=body, headers=headers), said, 400, 415, 422)


def test_a_template_in_an_attribute_stays_text(town: Any) -> None:
    hostile = "{{ ''.__class__.__mro__ }}{% for x in 7 %}<script>"
    body = {"id": "t", "register_number": "anna", "as_of": "2031-03-01", "values": {"district": hostile}}
    assert town.http.post("/v1/attributes", json=body, headers=town.headers("facts:write")).status_code == 202
    town.tell("born", "anna")
    town.settle()
    shown = json.dumps(town.inbox("anna"))
    assert "__class__" not in shown
    assert "<script>" not in shown


def test_a_huge_query_is_refused_or_bounded(town: Any, said: list[dict[str, Any]]) -> None:
    path = f"/v1/citizens/{town.resolve('anna')}/recommendations"
    headers = town.headers("recommend")
    _refused(town.http.get(path, params={"k": "9" * 4000}, headers=headers), said, 422)
    assert town.http.get(path, params={"x": "y" * 8000}, headers=headers).status_code == 200

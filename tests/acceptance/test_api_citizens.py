"""Reading: links, own tokens, recommendations, inbox, feedback, legal ground, receipts."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from serving.access.tokens import CitizenTokens


def _recommended(town: Any, citizen: str, **query: Any) -> Any:
    return town.http.get(f"/v1/citizens/{citizen}/recommendations", params=query, headers=town.headers("recommend"))


def test_an_identifier_is_valid_for_the_portal_that_got_it_only(town: Any) -> None:
    mine, theirs = town.resolve("anna"), town.resolve("anna", portal="other")
    assert mine != theirs
    assert mine == town.resolve("anna")
    assert _recommended(town, mine).status_code == 200
    assert _recommended(town, theirs).status_code == 404
    assert _recommended(town, "anna").status_code == 404


def test_nobody_is_resolved_of_whom_nothing_is_known(town: Any) -> None:
    body = {"register_number": "nobody"}
    answer = town.http.post("/v1/citizens/resolve", json=body, headers=town.headers("recommend"))
    assert answer.status_code == 404
    assert "nobody" not in answer.text


def test_recommendations_say_why_and_leave_out_what_rules_deny(town: Any) -> None:
    town.tell("e1", "anna")
    town.settle()
    answer = _recommended(town, town.resolve("anna"))
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert [r["service_id"] for r in body["recommendations"]] == ["birth_allowance", "job_help"]
    first = body["recommendations"][0]
    assert (first["rank"], first["status"], first["triggered"]) == (1, "eligible", True)
    assert first["because"][-1] == "You live here."
    assert not body["recommendations"][1]["triggered"]
    assert _recommended(town, town.resolve("bert")).json()["recommendations"] == []


def test_unknown_is_shown_with_what_is_missing(town: Any) -> None:
    shown = _recommended(town, town.resolve("cora")).json()["recommendations"]
    assert {r["status"] for r in shown} == {"unknown"}
    assert shown[0]["missing"] == ["resident"]


def test_a_request_is_a_decision_whose_receipt_can_be_read(town: Any) -> None:
    body = _recommended(town, town.resolve("anna"), k=1).json()
    assert len(body["recommendations"]) == 1
    path = f"/v1/decisions/{body['decision_id']}"
    receipt = town.http.get(path, params={"purpose": "complaint 17 of 2031"}, headers=town.headers("audit"))
    assert receipt.status_code == 200, receipt.text
    assert receipt.json()["receipt"]["trigger"] == "request"
    assert town.http.get(path, headers=town.headers("audit")).status_code == 422
    assert town.http.get(path, params={"purpose": "complaint 17"}, headers=town.headers("recommend")).status_code == 403


def test_a_request_pushes_nothing(town: Any) -> None:
    town.tell("e1", "anna")
    _recommended(town, town.resolve("anna"))
    assert town.inbox("anna") == []


@pytest.mark.parametrize(("language", "name", "marked"), [("zh", "服务", False), ("fr", "Birth allowance", True)])
def test_a_language_is_honoured_or_its_absence_marked(town: Any, language: str, name: str, marked: bool) -> None:
    shown = _recommended(town, town.resolve("anna"), language=language).json()["recommendations"][0]
    assert (shown["name"], shown["language_fallback"]) == (name, marked)


def test_an_objection_stops_what_is_queued_and_what_comes(town: Any) -> None:
    citizen = town.resolve("anna")
    path = f"/v1/citizens/{citizen}/legal-ground"
    assert town.http.get(path, headers=town.headers("recommend")).json()["kind"] == "law"
    town.tell("e1", "anna")
    while town.herald.decider.step():
        pass
    changed = town.http.put(path, json={"objected": True}, headers=town.headers("feedback"))
    assert changed.json()["objected"] is True
    town.settle()
    assert town.inbox("anna") == []
    town.clock.move(timedelta(days=30))
    town.tell("e2", "anna", "job_lost", happened_at="2031-04-01")
    town.settle()
    assert town.inbox("anna") == []
    town.http.put(path, json={"objected": False}, headers=town.headers("feedback"))
    town.tell("e3", "anna", "job_lost", happened_at="2031-04-02")
    town.settle()
    assert len(town.inbox("anna")) == 1


def _own(town: Any, number: str) -> dict[str, str]:
    """A citizen's own sign-in, by token exchange."""
    secret = town.herald.settings.citizen_token_secret.get_secret_value()
    own = CitizenTokens(secret, town.herald.settings.citizen_token_issuer, town.herald.tokens.clock)
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": own.issue(number, 60),
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
    }
    answer = town.http.post("/v1/oauth/token", data=form, auth=("portal", "portal-secret-for-tests"))
    assert answer.status_code == 200, answer.text
    assert set(answer.json()["scope"].split()) == {"recommend", "feedback"}
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_a_citizen_says_what_became_of_their_own_notifications_only(town: Any) -> None:
    town.tell("e1", "anna")
    town.settle()
    (told,) = town.inbox("anna")
    path = f"/v1/notifications/{told['notification_id']}/feedback"
    body = {"kind": "never", "service_id": "birth_allowance"}
    assert town.http.post(path, json=body, headers=_own(town, "bert")).status_code == 404
    assert town.http.post(path, json=body, headers=_own(town, "anna")).status_code == 204


def test_who_read_a_receipt_and_for_what_is_on_record(town: Any) -> None:
    decision_id = _recommended(town, town.resolve("anna")).json()["decision_id"]
    path = f"/v1/decisions/{decision_id}"
    asked = {"purpose": "complaint 17 of 2031"}
    assert town.http.get(path, params=asked, headers=town.headers("audit", portal="other")).status_code == 200
    with town.herald.database.read() as conn:
        rows = conn.execute(text("SELECT decision_id, citizen_id, portal, purpose FROM reading")).all()
    assert [tuple(row) for row in rows] == [(decision_id, "anna", "other", "complaint 17 of 2031")]


def test_a_citizen_reads_with_their_own_token_and_only_themselves(town: Any) -> None:
    headers = _own(town, "anna")
    assert town.http.get("/v1/citizens/me/recommendations", headers=headers).status_code == 200
    other = town.resolve("bert")
    assert town.http.get(f"/v1/citizens/{other}/recommendations", headers=headers).status_code == 404
    body = {"register_number": "bert"}
    assert town.http.post("/v1/citizens/resolve", json=body, headers=headers).status_code == 403
    assert town.http.get("/v1/citizens/me/recommendations", headers=town.headers("recommend")).status_code == 404


@pytest.mark.parametrize(
    ("form", "secret", "status", "error"),
    [
        ({"grant_type": "client_credentials"}, "wrong", 401, "invalid_client"),
        ({"grant_type": "password"}, "portal-secret-for-tests", 400, "unsupported_grant_type"),
        ({"scope": "recommend"}, "portal-secret-for-tests", 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "everything"}, "portal-secret-for-tests", 400, "invalid_scope"),
    ],
)
def test_a_sign_in_that_fails_says_so_in_oauths_words(
    town: Any, form: dict[str, str], secret: str, status: int, error: str
) -> None:
    answer = town.http.post("/v1/oauth/token", data=form, auth=("portal", secret))
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["content-type"] == "application/problem+json"


def test_without_a_token_or_its_scope_nothing_is_read(town: Any) -> None:
    nobody = town.http.get("/v1/services")
    assert nobody.status_code == 401
    assert nobody.headers["www-authenticate"] == "Bearer"
    assert town.http.get("/v1/services", headers={"Authorization": "Bearer x"}).status_code == 401
    assert town.http.get("/metrics", headers=town.headers("recommend")).status_code == 403
    assert town.http.get("/v1/services", headers=town.headers("feedback")).status_code == 200


def test_feedback_never_silences_that_service(town: Any) -> None:
    town.tell("e1", "anna")
    town.settle()
    (told,) = town.inbox("anna")
    path = f"/v1/notifications/{told['notification_id']}/feedback"
    body = {"kind": "never", "service_id": "birth_allowance"}
    assert town.http.post(path, json=body, headers=town.headers("feedback")).status_code == 204
    assert town.http.post(path, json=body, headers=town.headers("feedback", portal="other")).status_code == 404
    wrong = {"kind": "never", "service_id": "job_help"}
    assert town.http.post(path, json=wrong, headers=town.headers("feedback")).status_code == 422
    town.clock.move(timedelta(days=30))
    town.tell("e2", "anna", happened_at="2031-04-01")
    town.settle()
    assert len(town.inbox("anna")) == 1


def test_metrics_count_what_happened_and_name_nobody(town: Any) -> None:
    town.tell("e1", "anna")
    town.settle()
    town.inbox("anna")
    shown = town.http.get("/metrics", headers=town.headers("operate")).text
    assert 'herald_decisions_total{trigger="fact"} 1.0' in shown
    assert 'herald_notifications_total{state="delivered"} 1.0' in shown
    assert 'herald_withheld_total{reason="no_cause",trigger="fact"} 1.0' in shown
    assert "anna" not in shown


def test_no_log_line_carries_a_register_number(town: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        town.tell("e1", "secretnumber")
        town.http.post("/v1/life-events", json={"register_number": "secretnumber"}, headers=town.headers("facts:write"))
    assert all(
        "secretnumber" not in str(record.__dict__) for record in caplog.records if record.name.startswith("herald")
    )


def test_development_mode_says_so_where_the_api_is_documented(town: Any) -> None:
    document = town.http.get("/openapi.json").json()
    assert "DEVELOPMENT MODE" in document["info"]["description"]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            for status, response in operation["responses"].items():
                if status.startswith(("4", "5")):
                    assert set(response["content"]) == {"application/problem+json"}, (path, status)


def test_services_are_listed_in_a_language(town: Any) -> None:
    body = town.http.get("/v1/services?language=zh", headers=town.headers("recommend")).json()
    assert [s["name"] for s in body["services"]] == ["服务", "服务"]

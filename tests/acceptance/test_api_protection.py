"""Mandates and safe mode: who reaches a citizen's content, and that nobody else can tell."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from serving.access.tokens import CitizenTokens

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"
SECRET = "portal-secret-for-tests"
TODAY = datetime.now(UTC).date()
NEXT_YEAR = (TODAY + timedelta(days=300)).isoformat()


def _token(town: Any, number: str, *, signed_in_s_ago: int = 0, **form: str) -> Any:
    secret = town.herald.settings.citizen_token_secret.get_secret_value()
    own = CitizenTokens(secret, town.herald.settings.citizen_token_issuer, town.herald.tokens.clock)
    subject = own.issue(number, 60, signed_in_s_ago=signed_in_s_ago)
    asked = {"grant_type": EXCHANGE, "subject_token": subject, "subject_token_type": JWT, **form}
    return town.http.post("/v1/oauth/token", data=asked, auth=("portal", SECRET))


def _own(town: Any, number: str, **form: Any) -> dict[str, str]:
    answer = _token(town, number, **form)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def _get(town: Any, headers: dict[str, str], what: str = "recommendations", citizen: str = "me") -> Any:
    return town.http.get(f"/v1/citizens/{citizen}/{what}", headers=headers)


def _carer(town: Any, of: str, carer: str, may: list[str], until: str = NEXT_YEAR) -> str:
    body = {"register_number": carer, "may": may, "until": until}
    answer = town.http.post("/v1/citizens/me/mandates", json=body, headers=_own(town, of))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["mandate_id"])


def _guardian(town: Any, child: str, guardian: str, until: str = NEXT_YEAR) -> Any:
    body = {"kind": "guardian", "register_number": guardian, "may": ["recommend"], "until": until, "because": "Code"}
    path = f"/v1/counter/citizens/{town.resolve(child)}/mandates"
    return town.http.post(path, json=body, headers=town.headers("counter"))


def _safe(town: Any, number: str, on: bool) -> Any:
    return town.http.put("/v1/citizens/me/safe-mode", json={"on": on}, headers=_own(town, number))


def test_a_carer_reads_what_they_may_and_only_until_the_mandate_is_ended(town: Any) -> None:
    mandate = _carer(town, "anna", "bert", ["recommend"])
    acting = _own(town, "bert", mandate=mandate)
    assert {r["status"] for r in _get(town, acting).json()["recommendations"]} == {"eligible"}  # anna's, not bert's
    answer = town.http.post("/v1/citizens/me/answers", json={"attribute": "income", "value": 1.0}, headers=acting)
    assert answer.status_code == 403  # not in the mandate's scope
    listed = _get(town, _own(town, "anna"), "mandates").json()["mandates"]
    assert [(m["kind"], m["may"], m["issued_by"], m["ended_at"]) for m in listed] == [
        ("carer", ["recommend"], "me", None)
    ]
    assert town.http.delete(f"/v1/mandates/{mandate}", headers=_own(town, "cora")).status_code == 404
    assert town.http.delete(f"/v1/mandates/{mandate}", headers=_own(town, "anna")).status_code == 204
    assert _get(town, acting).status_code == 404  # at once, whatever the token says
    assert _token(town, "bert", mandate=mandate).json()["error"] == "invalid_grant"


def test_a_mandate_is_its_holders_alone_and_gives_no_mandates(town: Any) -> None:
    mandate = _carer(town, "anna", "bert", ["recommend", "feedback"])
    for number in ("cora", "anna"):
        assert _token(town, number, mandate=mandate).status_code == 400
    assert _token(town, "bert", mandate="nonsense").status_code == 400
    acting = _own(town, "bert", mandate=mandate)
    body = {"register_number": "cora", "may": ["recommend"], "until": NEXT_YEAR}
    assert town.http.post("/v1/citizens/me/mandates", json=body, headers=acting).status_code == 404
    assert town.http.put("/v1/citizens/me/safe-mode", json={"on": True}, headers=acting).status_code == 404
    assert _get(town, acting, "mandates").status_code == 404
    assert town.http.delete(f"/v1/mandates/{mandate}", headers=_own(town, "bert")).status_code == 204  # gives it back


@pytest.mark.parametrize("until", ["2001-01-01", "2999-01-01"])
def test_a_mandate_ends_on_a_day_to_come_and_not_too_far(town: Any, until: str) -> None:
    body = {"register_number": "bert", "may": ["recommend"], "until": until}
    assert town.http.post("/v1/citizens/me/mandates", json=body, headers=_own(town, "anna")).status_code == 422
    own = {"register_number": "anna", "may": ["recommend"], "until": NEXT_YEAR}
    assert town.http.post("/v1/citizens/me/mandates", json=own, headers=_own(town, "anna")).status_code == 422


def _born(town: Any, number: str, day: date) -> None:
    body = {"id": f"born-{number}", "register_number": number, "as_of": "2031-03-01", "values": {"moved_on": str(day)}}
    assert town.http.post("/v1/attributes", json=body, headers=town.headers("facts:write")).status_code == 202
    town.settle()


def test_a_childs_account_is_their_own_from_eighteen_on(open_town: Any) -> None:
    town = open_town(birth_date="moved_on")
    _born(town, "cora", TODAY.replace(year=TODAY.year - 18, day=1) + timedelta(days=60))
    issued = _guardian(town, "cora", "anna")
    assert issued.status_code == 201, issued.text
    assert issued.json()["until"] < (TODAY + timedelta(days=62)).isoformat()  # not the day that was asked for
    _born(town, "bert", TODAY - timedelta(days=19 * 366))
    assert _guardian(town, "bert", "anna").status_code == 422


def test_counter_staff_act_under_a_mandate_of_their_own_and_end_it(town: Any) -> None:
    body = {"kind": "counter", "may": ["recommend"], "until": NEXT_YEAR, "because": "came in person"}
    path = f"/v1/counter/citizens/{town.resolve('anna')}/mandates"
    mandate = town.http.post(path, json=body, headers=town.headers("counter")).json()["mandate_id"]
    form = {"grant_type": "client_credentials", "mandate": mandate}
    assert town.http.post("/v1/oauth/token", data=form, auth=("other", SECRET)).status_code == 400
    answer = town.http.post("/v1/oauth/token", data=form, auth=("portal", SECRET)).json()
    acting = {"Authorization": f"Bearer {answer['access_token']}"}
    assert answer["scope"] == "recommend"
    assert _get(town, acting).status_code == 200
    counter = town.headers("counter", portal="other")
    assert town.http.delete(f"/v1/counter/mandates/{mandate}", headers=counter).status_code == 404
    assert town.http.delete(f"/v1/counter/mandates/{mandate}", headers=town.headers("counter")).status_code == 204
    assert _get(town, acting).status_code == 404


def test_in_safe_mode_only_the_person_reads_and_only_just_after_signing_in(town: Any) -> None:
    anna = town.resolve("anna")
    town.tell("e1", "anna")
    town.settle()
    assert len(town.inbox("anna")) == 1
    assert _safe(town, "anna", True).json() == {"on": True}
    for what in ("recommendations", "notifications", "legal-ground", "preferences"):
        hidden = _get(town, town.headers("recommend"), what, anna)
        unlinked = _get(town, town.headers("recommend"), what, "nobody")
        assert (hidden.status_code, hidden.json()) == (unlinked.status_code, unlinked.json()) == (404, unlinked.json())
        assert _get(town, _own(town, "anna"), what).status_code == 200
        stale = _get(town, _own(town, "anna", signed_in_s_ago=400), what)
        assert stale.status_code == 401
        assert "insufficient_user_authentication" in stale.headers["WWW-Authenticate"]
    assert town.tell("e2", "anna", "job_lost").status_code == 202  # registers go on telling
    assert _safe(town, "anna", False).json() == {"on": False}
    assert _get(town, town.headers("recommend"), "notifications", anna).status_code == 200


def test_in_safe_mode_every_mandate_rests_and_feedback_of_others_is_refused(town: Any) -> None:
    mandate = _carer(town, "anna", "bert", ["recommend", "feedback"])
    acting = _own(town, "bert", mandate=mandate)
    town.tell("e1", "anna")
    town.settle()
    (told,) = town.inbox("anna")
    _safe(town, "anna", True)
    assert _get(town, acting).status_code == 404
    path = f"/v1/notifications/{told['notification_id']}/feedback"
    for headers in (acting, town.headers("feedback")):
        assert town.http.post(path, json={"kind": "never"}, headers=headers).status_code == 404
    assert town.http.post(path, json={"kind": "never"}, headers=_own(town, "anna")).status_code == 204
    _safe(town, "anna", False)
    assert _get(town, acting).status_code == 200


def test_safe_mode_is_set_at_a_counter_and_by_a_registers_flag_and_a_stale_sign_in_sets_nothing(town: Any) -> None:
    stale = _own(town, "anna", signed_in_s_ago=400)
    assert town.http.put("/v1/citizens/me/safe-mode", json={"on": True}, headers=stale).status_code == 401
    path = f"/v1/counter/citizens/{town.resolve('anna')}/safe-mode"
    assert town.http.put(path, json={"on": True}, headers=town.headers("counter")).status_code == 200
    assert _get(town, _own(town, "anna"), "safe-mode").json() == {"on": True}
    bert = town.resolve("bert")
    body = {"id": "a1", "register_number": "bert", "as_of": "2031-03-04", "values": {"protected_address": True}}
    assert town.http.post("/v1/attributes", json=body, headers=town.headers("facts:write")).status_code == 202
    town.settle()
    assert _get(town, town.headers("recommend"), citizen=bert).status_code == 404
    assert _safe(town, "bert", False).status_code == 200  # the person decides, and the flag does not overrule them
    again = {**body, "id": "a2", "as_of": "2031-03-05"}
    assert town.http.post("/v1/attributes", json=again, headers=town.headers("facts:write")).status_code == 202
    town.settle()
    assert _get(town, town.headers("recommend"), citizen=bert).status_code == 200

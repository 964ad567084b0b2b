"""Whoever is shown a code can ask whether it is genuine, and learns nothing about anyone."""

from serving.database import codes
from tests.acceptance.conftest import NOW, OpenTown, Town


def _code(town: Town) -> str:
    town.tell("birth-1", "anna")
    town.settle()
    (told,) = town.inbox("anna")
    with town.herald.database.write() as conn:
        key = town.herald.composer.settings.key("code")
        return codes.issue(conn, [told["notification_id"]], key, NOW)[told["notification_id"]]


def test_a_genuine_code_says_when_and_which_authority_and_never_who(town: Town) -> None:
    code = _code(town)
    answer = town.http.get(
        f"/v1/codes/{code[:5].lower()}-{code[5:]}", headers=town.headers("recommend", portal="other")
    )
    assert answer.json() == {"genuine": True, "told_at": NOW.isoformat(), "authorities": ["Office"]}
    assert answer.headers["cache-control"] == "no-store"


def test_a_wrong_code_is_not_genuine_and_a_scope_is_asked_for(town: Town) -> None:
    code = _code(town)
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert town.http.get(f"/v1/codes/{wrong}", headers=town.headers("recommend")).json()["genuine"] is False
    assert town.http.get(f"/v1/codes/{code}", headers=town.headers("facts:write")).status_code == 403
    assert town.http.get(f"/v1/codes/{code}").status_code == 401


def test_who_guesses_is_made_to_wait_and_who_confirms_is_not(open_town: OpenTown) -> None:
    town = open_town()
    code = _code(town)
    headers = town.headers("recommend")
    for _ in range(30):
        assert town.http.get(f"/v1/codes/{code}", headers=headers).json()["genuine"]
    answers = [town.http.get("/v1/codes/nonsense", headers=headers).status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]
    refused = town.http.get(f"/v1/codes/{code}", headers=headers)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 60
    other = town.http.get(f"/v1/codes/{code}", headers=town.headers("recommend", portal="other"))
    assert other.json()["genuine"]

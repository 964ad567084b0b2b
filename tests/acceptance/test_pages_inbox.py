"""The inbox page without a browser: what is shown, said and taken back goes through the same parts as the API."""

import asyncio
from datetime import timedelta
from typing import Any

from recommender.errors import NotFoundError
from recommender.identifiers import CitizenId
from serving.delivery.stream import events
from serving.pages.now import _until_refused
from serving.pages.rendering import address
from tests.acceptance.test_pages_sign_in import csrf_of, sign_in


def say(http: Any, town: Any, kind: str, number: str = "anna") -> Any:
    note = town.inbox(number)[0]
    service = note["services"][0]["service_id"]
    form = {"notification_id": note["notification_id"], "service_id": service, "kind": kind}
    return http.post("/inbox/feedback", data={"csrf": csrf_of(http.get("/inbox").text), **form})


def test_what_one_was_told_is_shown_with_its_reason_and_the_right_to_object(town: Any) -> None:
    town.tell("b1", "anna")
    town.settle()
    page = sign_in(town).get("/inbox").text
    for words in ("Birth allowance", "child born", "2 March 2031", "You live here.", "You may object"):
        assert words in page


def test_another_persons_notification_is_nobody_elses_to_see_or_answer(town: Any) -> None:
    town.tell("b1", "anna")
    town.settle()
    http = sign_in(town, "cora")
    assert "Because this was recorded" not in http.get("/inbox").text
    assert say(http, town, "never").status_code == 404


def test_never_holds_until_it_is_taken_back(town: Any) -> None:
    town.tell("b1", "anna")
    town.settle()
    http = sign_in(town)
    assert say(http, town, "never").headers["location"] == "/inbox?done=said&what=never"
    page = http.get("/inbox?done=said&what=never").text
    assert "Put aside" in page
    town.clock.move(timedelta(days=31))
    town.tell("b2", "anna", happened_at="2031-03-03")
    town.settle()
    assert len(town.inbox("anna")) == 1
    say(http, town, "taken_back")
    assert "Put aside" not in http.get("/inbox").text
    town.clock.move(timedelta(days=31))
    town.tell("b3", "anna", happened_at="2031-03-04")
    town.settle()
    assert len(town.inbox("anna")) == 2


def test_a_word_that_a_citizen_may_not_say_is_refused(town: Any) -> None:
    town.tell("b1", "anna")
    town.settle()
    http = sign_in(town)
    assert say(http, town, "impression").status_code == 422
    assert say(http, town, "psychic").status_code == 422


def test_what_was_shown_counts_as_seen_once(town: Any) -> None:
    town.tell("b1", "anna")
    town.settle()
    http = sign_in(town)
    for _ in range(3):
        http.get("/inbox")
    with town.herald.database.read() as conn:
        kinds = [row.kind for row in conn.exec_driver_sql("SELECT kind FROM feedback")]
    assert kinds == ["impression"]


def test_an_application_stands_by_the_citizens_own_word(town: Any) -> None:
    http = sign_in(town)
    form = {"csrf": csrf_of(http.get("/inbox").text), "service_id": "birth_allowance", "stage": "started"}
    assert http.post("/inbox/outcome", data=form).status_code == 303
    page = http.get("/inbox").text
    assert "The application was started." in page
    assert "by your own word" in page


def test_the_stream_ends_when_safe_mode_begins(town: Any) -> None:
    def read(after: int, limit: int) -> list[dict[str, Any]]:
        raise NotFoundError("this portal knows no such citizen", mend="resolve it")

    async def lines() -> list[bytes]:
        stream = events(town.herald.hub, CitizenId("anna"), read, after=0, heartbeat_s=1)
        return [line async for line in _until_refused(stream)]

    assert asyncio.run(lines()) == [b"retry: 1000\n\n"]


def test_a_citizen_of_whom_nothing_is_known_gets_a_page(town: Any) -> None:
    page = sign_in(town, "nobody-yet").get("/inbox")
    assert page.status_code == 200
    assert "Suggestions cannot be made just now" in page.text


def test_in_development_something_can_be_made_to_happen(town: Any) -> None:
    http = sign_in(town)
    form = {"csrf": csrf_of(http.get("/inbox").text), "event": "child_born"}
    assert http.post("/inbox/happen", data=form).status_code == 303
    town.settle()
    assert len(town.inbox("anna")) == 1


def test_only_addresses_of_the_web_are_followed() -> None:
    for hostile in (
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/local",
        "https://",
        "http://[",
        None,
    ):
        assert address(hostile) == ""
    assert address("https://services.city.example/x?y=1") == "https://services.city.example/x?y=1"

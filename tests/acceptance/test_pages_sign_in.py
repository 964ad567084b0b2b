"""Who may open the pages, and for how long: sign-in by a provider, in development by a number, and out again."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey

from tests.openid_provider import CLIENT, SECRET, Provider, openid_provider

HERE = "https://herald.example"


def browser(town: Any, *, peer: str = "127.0.0.1") -> TestClient:
    return TestClient(
        town.http.app,
        base_url="http://127.0.0.1",
        client=(peer, 50_000),
        follow_redirects=False,
        raise_server_exceptions=False,
    )


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page
    return found.group(1)


def sign_in(town: Any, number: str = "anna", back: str = "/inbox") -> TestClient:
    """A browser with that person signed in, the development way."""
    http = browser(town)
    page = http.get("/inbox/sign-in", params={"back": back})
    answer = http.post("/inbox/sign-in/here", data={"csrf": csrf_of(page.text), "number": number})
    assert answer.status_code == 303, answer.text
    return http


@pytest.fixture
def provider() -> Iterator[Provider]:
    with openid_provider() as found:
        yield found


@pytest.fixture
def outside(open_town: Any, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A town outside development whose citizens sign in at the provider; the browser comes by https."""
    for name, value in {
        "ISSUER": provider.url,
        "CLIENT_ID": CLIENT,
        "CLIENT_SECRET": SECRET,
        "PUBLIC_URL": HERE,
    }.items():
        monkeypatch.setenv(f"HERALD_PAGES_{name}", value)
    monkeypatch.setenv("HERALD_MESSAGES_SECRET", "a secret of this test's own, long enough")
    monkeypatch.setenv("HERALD_MESSAGES_PORTAL_URL", HERE)
    town = open_town(development=False)
    return TestClient(town.http.app, base_url=HERE, follow_redirects=False, raise_server_exceptions=False)


def through(http: TestClient, provider: Provider, *, back: str = "/inbox", again: bool = False) -> Any:
    """The whole way to the provider and back."""
    http.get("/inbox/sign-in", params={"back": back, "again": again})
    there = http.get("/inbox/sign-in/start").headers["location"]
    assert there.startswith(provider.url)
    return http.get(httpx.get(there).headers["location"])


def test_nobody_sees_a_page_without_signing_in_and_comes_to_it_afterwards(town: Any) -> None:
    answer = browser(town).get("/inbox/service/birth_allowance")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/inbox/sign-in?back=%2Finbox%2Fservice%2Fbirth_allowance"


def test_in_development_a_number_signs_in_on_this_machine(town: Any) -> None:
    page = sign_in(town).get("/inbox")
    assert page.status_code == 200
    assert "For you now" in page.text


def test_from_another_machine_a_number_signs_nobody_in(town: Any) -> None:
    http = browser(town, peer="192.0.2.7")
    page = http.get("/inbox/sign-in").text
    assert 'name="number"' not in page
    assert http.post("/inbox/sign-in/here", data={"csrf": "x", "number": "anna"}).status_code == 403


def test_the_provider_signs_in_and_the_cookie_is_for_https_and_no_script(outside: Any, provider: Provider) -> None:
    answer = through(outside, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
    kept = next(
        c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-herald=") and "Max-Age=0" not in c
    )
    for mark in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"):
        assert mark in kept
    assert "anna" not in kept
    assert outside.get("/inbox").status_code == 200
    assert provider.asked[0]["code_challenge_method"] == "S256"


@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": "another"},
        {"aud": "somebody-else"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1},
        {"sub": ""},
        {"nonce": None},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_sign_in_signs_nobody_in(
    outside: TestClient, provider: Provider, changed: dict[str, Any]
) -> None:
    provider.changed = changed
    assert "/inbox/sign-in" in through(outside, provider).headers["location"]
    assert outside.get("/inbox").status_code == 303


def test_a_token_signed_by_another_key_signs_nobody_in(outside: TestClient, provider: Provider) -> None:
    provider.signs = RSAKey.generate_key(2048, {"kid": "one"})
    through(outside, provider)
    assert outside.get("/inbox").status_code == 303


def test_an_answer_to_a_sign_in_that_was_begun_elsewhere_is_refused(outside: TestClient, provider: Provider) -> None:
    outside.get("/inbox/sign-in")
    answer = outside.get("/inbox/sign-in/back", params={"code": "code-1", "state": "of somebody else"})
    assert "/inbox/sign-in" in answer.headers["location"]
    assert outside.get("/inbox").status_code == 303


def test_to_sign_in_again_the_provider_must_ask_anew(outside: TestClient, provider: Provider) -> None:
    provider.signed_in_s = 1_000_000.0
    through(outside, provider)
    assert outside.get("/inbox").status_code == 200
    refused = through(outside, provider, again=True)
    assert "/inbox/sign-in" in refused.headers["location"]
    assert (provider.asked[-1]["prompt"], provider.asked[-1]["max_age"]) == ("login", "0")
    provider.signed_in_s = None
    assert through(outside, provider, again=True, back="/inbox/settings").headers["location"] == "/inbox/settings"


@pytest.mark.parametrize(
    "back",
    ["https://evil.example", "//evil.example", "/inbox//evil.example", "/\\evil", "/v1/x", "/inboxes", "/inbox/ü"],
)
def test_a_forged_link_leads_nowhere_else(town: Any, back: str) -> None:
    http = browser(town)
    page = http.get("/inbox/sign-in", params={"back": back})
    answer = http.post("/inbox/sign-in/here", data={"csrf": csrf_of(page.text), "number": "anna"})
    assert answer.headers["location"] == "/inbox"


def test_a_form_without_the_sessions_own_mark_is_refused(town: Any) -> None:
    http = sign_in(town)
    mark = csrf_of(http.get("/inbox").text)
    other = csrf_of(sign_in(town, "bert").get("/inbox").text)
    for data in ({}, {"csrf": ""}, {"csrf": other}, {"csrf": "ü"}):
        assert http.post("/inbox/sign-out", data=data).status_code in (403, 422)
    foreign = {"sec-fetch-site": "cross-site"}
    assert http.post("/inbox/sign-out", data={"csrf": mark}, headers=foreign).status_code == 403
    assert http.post("/inbox/sign-out", json={"csrf": mark}).status_code == 422
    assert http.get("/inbox").status_code == 200


def test_leaving_quickly_signs_out_and_clears_what_is_left(town: Any) -> None:
    http = sign_in(town)
    answer = http.post("/inbox/leave", data={"csrf": csrf_of(http.get("/inbox").text)})
    assert answer.headers["location"] == "https://www.bing.com/"
    assert "storage" in answer.headers["clear-site-data"]
    assert http.get("/inbox").status_code == 303


def test_a_cookie_that_was_made_up_or_changed_signs_nobody_in(town: Any) -> None:
    http = sign_in(town)
    sealed = http.cookies["herald"]
    for forged in (sealed[:-3] + "AAA", "x", "a.b.c.d.e", ""):
        fresh = browser(town)
        fresh.cookies.set("herald", forged)
        assert fresh.get("/inbox").status_code == 303


def test_every_page_forbids_scripts_of_others_frames_and_keeping(town: Any) -> None:
    http = sign_in(town)
    for path in ("/inbox", "/inbox/sign-in", "/inbox/service/birth_allowance", "/inbox/service/none"):
        headers = http.get(path).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["cache-control"] == "no-store"

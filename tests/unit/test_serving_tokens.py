"""Access tokens and citizens' own tokens."""

from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from recommender.clock import FixedClock
from recommender.errors import NotSignedInError
from recommender.identifiers import CitizenId
from serving.access.tokens import Caller, CitizenTokens, Tokens

SECRET = "s" * 40


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2031, 3, 5, tzinfo=UTC))


@pytest.fixture
def tokens(clock: FixedClock) -> Tokens:
    return Tokens(SECRET, 900, clock)


def test_a_token_names_its_portal_and_scopes(tokens: Tokens) -> None:
    caller = Caller("portal", frozenset({"recommend", "feedback"}))
    assert tokens.verify(tokens.issue(caller)) == caller


def test_a_citizens_token_names_the_citizen_and_the_portal_that_acts(tokens: Tokens) -> None:
    caller = Caller("portal", frozenset({"recommend"}), CitizenId("c1"))
    assert tokens.verify(tokens.issue(caller)) == caller


def test_a_token_expires_also_when_it_was_verified_before(tokens: Tokens, clock: FixedClock) -> None:
    token = tokens.issue(Caller("portal", frozenset()))
    tokens.verify(token)
    clock.move(timedelta(seconds=901))
    with pytest.raises(NotSignedInError):
        tokens.verify(token)


def test_a_token_of_another_key_is_refused(tokens: Tokens, clock: FixedClock) -> None:
    with pytest.raises(NotSignedInError):
        tokens.verify(Tokens("t" * 40, 900, clock).issue(Caller("portal", frozenset({"audit"}))))


def test_an_unsigned_token_is_refused(tokens: Tokens) -> None:
    claims = {"iss": "herald", "aud": "herald-api", "exp": 9_999_999_999, "client_id": "portal", "scope": "audit"}
    token = jwt.encode({"alg": "none"}, claims, OctKey.import_key(SECRET), algorithms=["none"])
    with pytest.raises(NotSignedInError):
        tokens.verify(token)


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "..", "é.é.é", "a" * 10_000])
def test_rubbish_is_refused(tokens: Tokens, token: str) -> None:
    with pytest.raises(NotSignedInError):
        tokens.verify(token)


def test_a_citizens_own_token_is_no_access_token(tokens: Tokens, clock: FixedClock) -> None:
    own = CitizenTokens(SECRET, "identity-provider", clock).issue("38001010014", 60)
    with pytest.raises(NotSignedInError):
        tokens.verify(own)


def test_an_access_token_does_not_vouch_for_a_citizen(tokens: Tokens, clock: FixedClock) -> None:
    with pytest.raises(NotSignedInError):
        CitizenTokens(SECRET, "identity-provider", clock).vouched(tokens.issue(Caller("p", frozenset())))


def test_a_citizens_own_token_gives_the_register_number(clock: FixedClock) -> None:
    own = CitizenTokens(SECRET, "identity-provider", clock)
    assert own.vouched(own.issue("38001010014", 60)).register_number == "38001010014"


@pytest.mark.parametrize("left_out", ["exp", "iss", "aud", "sub"])
def test_a_citizens_own_token_that_lacks_a_claim_is_refused(clock: FixedClock, left_out: str) -> None:
    own = CitizenTokens(SECRET, "identity-provider", clock)
    key = OctKey.import_key(SECRET)
    claims = jwt.decode(own.issue("38001010014", 60), key).claims
    assert own.vouched(jwt.encode({"alg": "HS256"}, claims, key)).register_number == "38001010014"
    del claims[left_out]
    with pytest.raises(NotSignedInError):
        own.vouched(jwt.encode({"alg": "HS256"}, claims, key))

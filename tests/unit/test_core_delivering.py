"""Backoff, rests and routes: never in the past, never after the end, nobody called while resting."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from recommender.resting import Resting
from recommender.retrying import Retrying
from recommender.routing import CHANNELS, COUNTER, LETTER, Reach, route

NOW = datetime(2031, 3, 5, 9, tzinfo=UTC)
DRAWS = st.floats(0, 1, exclude_max=True)


@given(
    st.integers(1, 60),
    st.floats(0.1, 1e6),
    st.floats(0.1, 1e6),
    st.one_of(st.none(), st.floats(0, 1e9)),
    st.integers(-100, 10_000_000),
    DRAWS,
)
def test_what_is_tried_again_is_never_tried_in_the_past_nor_after_its_end(
    attempts: int, first_s: float, longest_s: float, after_s: float | None, ends_s: int, draw: float
) -> None:
    retrying = Retrying(first_s, longest_s, attempts=20)
    ends = NOW + timedelta(seconds=ends_s)
    again = retrying.again(attempts, NOW, ends, after_s, lambda: draw)
    if attempts >= 20:
        assert again is None
    if again is None:
        return
    assert NOW <= again <= ends
    assert (again - NOW).total_seconds() <= max(longest_s, after_s or 0) + 1e-3
    assert (again - NOW).total_seconds() >= (after_s or 0) - 1e-3


@given(st.integers(1, 18))
def test_the_longest_wait_doubles_until_it_is_the_longest(attempts: int) -> None:
    retrying = Retrying(10.0, 1000.0, attempts=20)
    ends = NOW + timedelta(days=100)
    again = retrying.again(attempts, NOW, ends, None, lambda: 0.999_999)
    assert again is not None
    assert abs((again - NOW).total_seconds() - min(1000.0, 10.0 * 2 ** (attempts - 1))) < 0.01


def test_a_delivery_ends_at_its_deadline_or_its_age() -> None:
    retrying = Retrying(max_age_s=3600)
    assert retrying.ends(NOW, None) == NOW + timedelta(hours=1)
    assert retrying.ends(NOW, NOW + timedelta(minutes=5)) == NOW + timedelta(minutes=5)
    assert retrying.ends(NOW, NOW + timedelta(days=5)) == NOW + timedelta(hours=1)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 30)), max_size=60))
def test_nobody_is_called_during_a_rest_and_a_failed_trial_rests_longer(
    calls: list[tuple[bool, float]],
) -> None:
    breaker, now_s, failed, rest_until = Resting(failures=3, rest_s=10, longest_s=40), 0.0, 0, -1.0
    rest = 10.0
    for works, wait_s in calls:
        now_s += wait_s
        resting = breaker.resting(now_s)
        allowed = breaker.allows(now_s)
        assert allowed is not resting
        assert allowed is (now_s >= rest_until)
        if not allowed:
            continue
        if works:
            breaker.worked()
            failed, rest_until, rest = 0, -1.0, 10.0
        else:
            breaker.failed(now_s)
            failed += 1
            if failed >= 3:
                rest_until, rest = now_s + rest, min(40.0, rest * 2)


def test_after_a_rest_one_call_tries_and_the_others_wait_for_it() -> None:
    breaker = Resting(failures=1, rest_s=10)
    breaker.failed(0)
    assert breaker.allows(11)
    assert not breaker.allows(11)
    assert breaker.resting(11)
    breaker.worked()
    assert breaker.allows(11)


SOME = st.lists(st.sampled_from(CHANNELS), max_size=5)


@given(SOME, st.one_of(st.none(), SOME), SOME, st.one_of(st.none(), st.integers(0, 20)))
def test_a_route_uses_only_what_is_run_reaches_and_was_not_left_out(
    at_hand: list[str], wanted: list[str] | None, held: list[str], days: int | None
) -> None:
    deadline = None if days is None else NOW + timedelta(days=days)
    found = route(Reach(at_hand, wanted, held), NOW, deadline)
    assert len(set(found)) == len(found)
    assert set(found) <= set(at_hand)
    assert all(channel == COUNTER or channel in held for channel in found)
    if wanted == []:
        assert found == ()
    if wanted and set(found) - set(wanted):  # nothing they named reaches them
        assert set(found) <= {LETTER, COUNTER}
        assert not any(c in at_hand and (c == COUNTER or c in held) for c in wanted)
    assert route(Reach(at_hand, wanted, held, protected=True), NOW, deadline) == ()


def test_a_letter_is_passed_over_when_it_would_come_too_late_and_something_quicker_is_left() -> None:
    reach = Reach(CHANNELS, [LETTER, "sms"], ["sms", LETTER])
    assert route(reach, NOW, None) == (LETTER, "sms")
    assert route(reach, NOW, NOW + timedelta(days=3)) == ("sms",)
    assert route(Reach(CHANNELS, [LETTER], [LETTER]), NOW, NOW + timedelta(days=3)) == (LETTER,)

"""Where an application stands does not depend on the order in which reports come, and every step is a legal one."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from recommender.applications import NEXT, Application, Report, application
from recommender.facts import UseChange

reports = st.builds(Report, st.sampled_from([None, *UseChange]), st.integers(0, 6), st.just(""), st.booleans())


def stage(*told: tuple[str | None, int]) -> str | None:
    found = application([Report(None if name is None else UseChange(name), at) for name, at in told])
    assert found is not None
    return None if found.stage is None else found.stage.value


@given(st.lists(reports, max_size=8), st.randoms())
def test_the_order_of_arrival_changes_nothing(told: list[Report], random: object) -> None:
    shuffled = list(told)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert application(shuffled) == application(told)


@given(st.lists(reports, max_size=8))
def test_every_step_is_one_that_the_law_of_applications_allows(told: list[Report]) -> None:
    found = application(told)
    if found is None:
        assert told == []
        return
    for before, after in pairwise([None, *(report.stage for report in found.path)]):
        assert after in NEXT[before]
    assert found.proxy == all(report.proxy for report in told)
    assert set(found.path) <= set(told)


@given(st.lists(reports, min_size=1, max_size=8))
def test_a_portals_word_replaces_every_answer(told: list[Report]) -> None:
    certain = [report for report in told if not report.proxy]
    if certain:
        assert application(told) == application(certain)


def test_a_late_report_of_an_earlier_step_does_not_undo_a_decision() -> None:
    assert stage(("granted", 9), ("submitted", 3), ("started", 1)) == "granted"
    assert stage(("granted", 9), ("submitted", 10)) == "granted"


def test_a_refusal_may_be_reversed_and_one_may_apply_again() -> None:
    assert stage(("submitted", 1), ("refused", 2), ("granted", 3)) == "granted"
    assert stage(("granted", 1), ("ended", 2), ("started", 3)) == "started"


def test_who_did_nothing_has_no_stage() -> None:
    assert application([]) is None
    assert application([Report(None, 5, proxy=True)]) == Application((), proxy=True)

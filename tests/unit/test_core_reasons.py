"""Reasons: the recorded fact and the authority's words, in the reader's language, naming nothing hidden."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from recommender.bundles import ANTICIPATED
from recommender.decision import Cause, Status
from recommender.identifiers import EventType, FactId
from recommender.instants import to_us
from recommender.reasons import Wording, because, choose, conditions, day_words, event_words, may_be_named
from recommender.testing.catalogues import answer_to, catalogue_of, service_of

AT = datetime(2010, 12, 31, 23, 30, tzinfo=UTC)
BORN = Cause(FactId("f"), to_us(AT), event_type=EventType("child_born"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Because this was recorded: child born, 31 December 2010."),
        ("zh", "因为已登记：孩子出生（2010年12月31日）。"),
        ("zh-Hans", "因为已登记：孩子出生（2010年12月31日）。"),
        ("et", "Because this was recorded: child born, 31 December 2010."),
    ],
)
def test_a_reason_names_the_recorded_fact_in_the_readers_language(language: str, words: str) -> None:
    wording = Wording(event_words={EventType("child_born"): {"en": "child born", "zh": "孩子出生"}})
    assert because(BORN, language, wording) == words


def test_the_catalogue_says_what_events_are_called() -> None:
    words = {"en": "a birth", "zh": "出生"}
    named = service_of("a", answers=[replace(answer_to("child_born"), words=words), answer_to("moved")])
    other = service_of("b", answers=[replace(answer_to("child_born"), words={"en": "later", "zh": "后"})])
    assert event_words(catalogue_of(named, other)) == {"child_born": words}


def test_an_event_without_words_is_called_by_its_name() -> None:
    assert "child born" in because(BORN, "en", Wording())


def test_a_day_is_that_of_the_datas_time_zone() -> None:
    assert day_words(AT, "en", "Europe/Tallinn") == "1 January 2011"


def test_a_forecast_is_never_worded_as_a_reason() -> None:
    assert because(None, "en", Wording()) == ""
    words = because(Cause(ANTICIPATED, to_us(AT)), "en", Wording())
    assert "recorded" not in words
    assert "2010" not in words


def test_what_is_hidden_is_never_named() -> None:
    wording = Wording(hidden=frozenset({"event:child_born", "birth_date", "income"}))
    assert "child" not in because(BORN, "en", wording)
    assert "birth" not in because(Cause(FactId("d"), to_us(AT), date="birth_date"), "en", wording)
    service = service_of("aid", rules=["age >= 18", "income < 10 and age < 65", "work == 'none'"])
    found = conditions(service.criteria, (Status.ELIGIBLE, Status.ELIGIBLE, Status.UNKNOWN), "en", wording)
    assert found == (("c0 met",), (), ("c2 unknown",))
    assert may_be_named(("income", "work"), wording) == ("work",)


def test_conditions_are_in_the_authoritys_words() -> None:
    service = service_of("aid", rules=["age >= 18", "work == 'none'"])
    found = conditions(service.criteria, (Status.ELIGIBLE, Status.NOT_ELIGIBLE), "en", Wording())
    assert (found.met, found.unmet, found.unknown) == (("c0 met",), ("c1 unmet",), ())


def test_a_text_falls_back_to_the_first_language() -> None:
    assert choose({"en": "Aid", "zh": "补助"}, "zh-CN") == "补助"
    assert choose({"zh": "补助", "en": "Aid"}, "fr") == "补助"
    assert choose({}, "fr") == ""

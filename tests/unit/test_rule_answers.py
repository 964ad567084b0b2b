"""What rules answer, by hand: dates by the calendar, registers that do not cover, parameters by date and region."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from recommender.adapters.rule_text import parse_rule
from recommender.decision import Status
from recommender.eligibility import Rulebook, evaluate
from recommender.expressions import Law
from recommender.facts import Holding, Knowledge, RecordedEvent, Scalar
from recommender.identifiers import EventType, FactId, ServiceId
from recommender.instants import to_us
from recommender.missing import compile_missing
from recommender.parameters import DatedValue, LegalParameter, Parameters
from recommender.subjects import periods_of
from recommender.testing.catalogues import service_of
from recommender.testing.fakes import knowledge_of
from recommender.windows import since

SHANGHAI = "Asia/Shanghai"
NOW = datetime(2024, 2, 29, 17, tzinfo=UTC)  # in Shanghai it is 1 March, one in the morning
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


def day(text: str, zone: str = SHANGHAI) -> float:
    return float(to_us(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("today == date('2024-03-01')", True),
        ("years_between(born, today) == 60", True),
        ("years_between(born, date('2024-02-29')) == 60", True),
        ("years_between(born, date('2024-02-28')) == 59", True),
        ("years_between(born, date('2025-02-28')) == 60", True),
        ("years_between(born, date('2025-03-01')) == 61", True),
        ("years_between(today, born) == -60", True),
        ("months_between(born, today) == 720", True),
        ("days_between(date('2024-02-28'), today) == 2", True),
        ("born + 'P60Y' == date('2024-02-29')", True),
        ("born + 'P61Y' == date('2025-02-28')", True),
        ("today - 'P1M' == date('2024-02-01')", True),
        ("days_between(date('2024-03-31') - 'P1M', today) == 1", True),
        ("days_between(date('2024-01-31') + 'P1M1D', today) == 0", True),
        ("born + 'P900Y' > today", None),
        ("born + 'P60Y' <= today < born + 'P61Y'", True),
        ("max(born, moved_on) > date('2020-01-01')", None),
        ("days_between(moved_on, today) < 60", None),
    ],
)
def test_dates_follow_the_calendar_of_the_datas_zone(text: str, answer: bool | None) -> None:
    knowledge = knowledge_of(NOW, {"born": day("1964-02-29"), "moved_on": None})
    assert evaluate(parse_rule(text), knowledge, SHANGHAI) is answer


def moved(*days: str, covered: datetime | None = None) -> Knowledge:
    events = [RecordedEvent(FactId(d), EventType("moved"), int(day(d)), int(day(d))) for d in days]
    return knowledge_of(NOW, recent=events, covered_from={EventType("moved"): covered})


@pytest.mark.parametrize(
    ("text", "days", "covered", "answer"),
    [
        ("count('moved', within='P1Y') >= 1", ["2024-01-05"], None, True),
        ("count('moved', within='P1Y') >= 2", ["2024-01-05"], None, None),
        ("count('moved', within='P1Y') >= 2", ["2024-01-05"], LONG_AGO, False),
        ("count('moved', within='P1Y') < 1", ["2024-01-05"], None, False),
        ("count('moved', within='P1Y') == 1", ["2024-01-05"], None, None),
        ("count('moved', within='P1Y') == 1", ["2024-01-05"], LONG_AGO, True),
        ("count('moved', within='P1Y') != 1", ["2024-01-05", "2024-01-06"], None, True),
        ("count('moved', within='P1Y') == 0", ["2022-01-05"], LONG_AGO, True),
        ("2 <= count('moved', within='P1Y')", ["2024-01-05"], LONG_AGO, False),
        ("count('moved', within='P1Y') <= 3", ["2024-01-05"] * 3 + ["2020-01-05"], LONG_AGO, True),
        ("happened('moved')", ["1999-01-05"], None, True),
        ("happened('moved')", [], LONG_AGO, None),
        ("not happened('moved', within='P1Y')", [], LONG_AGO, True),
        ("not happened('moved', within='P1Y')", [], None, None),
        ("not happened('moved', within='P1Y')", ["2024-01-05"], None, False),
        ("last('moved') == date('2024-01-05')", ["2024-01-05", "2023-01-05"], LONG_AGO, True),
        ("last('moved') == date('2024-01-05')", ["2024-01-05"], None, None),
        ("last('moved') >= today - 'P1Y'", ["2024-01-05"], None, True),
        ("last('moved') < today - 'P1Y'", ["2024-01-05"], None, False),
        ("last('moved') < today - 'P1Y'", ["2020-01-05"], None, None),
        ("last('moved') < today - 'P1Y'", ["2020-01-05"], LONG_AGO, True),
        ("last('moved') < today - 'P1Y'", [], LONG_AGO, None),
        ("last('moved') <= today", ["2020-01-05"], None, True),
        ("years_between(last('moved'), today) < 5", ["2020-01-05"], LONG_AGO, True),
        ("years_between(last('moved'), today) < 5", ["2020-01-05"], None, None),
    ],
)
def test_where_a_register_does_not_cover_there_may_have_been_more_events_never_fewer(
    text: str, days: list[str], covered: datetime | None, answer: bool | None
) -> None:
    assert evaluate(parse_rule(text), moved(*days, covered=covered), SHANGHAI) is answer


@pytest.mark.parametrize(
    ("text", "holding", "answer"),
    [
        ("used('aid')", None, False),
        ("used('aid')", Holding(False, 1, to_us(LONG_AGO)), True),
        ("used('aid')", Holding(True, 0, None), True),
        ("used('aid')", Holding(False, 0, None), False),
        ("used('aid', within='P1Y')", None, False),
        ("used('aid', within='P1Y')", Holding(False, 1, to_us(NOW)), True),
        ("used('aid', within='P1Y')", Holding(False, 2, to_us(LONG_AGO)), False),
        ("used('aid', within='P1Y')", Holding(True, 0, None), None),
        ("used('aid', within='P1Y')", Holding(False, 0, None), False),
        ("used('aid', within='P1Y')", Holding(False, 1, to_us(NOW) + 1), False),
        ("used('aid', within='P1Y')", Holding(False, 2, to_us(NOW) + 1), None),
    ],
)
def test_used_looks_at_the_latest_start(text: str, holding: Holding | None, answer: bool | None) -> None:
    holdings = {} if holding is None else {ServiceId("aid"): holding}
    assert evaluate(parse_rule(text), knowledge_of(NOW, holdings=holdings)) is answer


LIMITS = Parameters(
    {
        "limit": LegalParameter(
            (
                DatedValue(1000.0, None, date(2023, 12, 31)),
                DatedValue(1200.0, date(2024, 1, 1), date(2024, 2, 29), {"north": 1500.0}),
                DatedValue(None, date(2024, 3, 1), None, {"north": 1600.0}),
            ),
            by="region",
        )
    }
)


@pytest.mark.parametrize(
    ("at", "zone", "region", "answer"),
    [
        (datetime(2023, 6, 1, tzinfo=UTC), "UTC", None, False),
        (NOW, "UTC", "north", True),
        (NOW, "UTC", "south", False),
        (NOW, "UTC", None, None),
        (NOW, "UTC", 3.0, None),
        (NOW, SHANGHAI, "north", True),
        (NOW, SHANGHAI, "south", None),
    ],
)
def test_a_parameter_is_what_the_law_says_on_the_day_and_in_the_region(
    at: datetime, zone: str, region: Scalar | None, answer: bool | None
) -> None:
    knowledge = knowledge_of(at, {"income": 1300.0, "region": region})
    rule = parse_rule("income <= parameter('limit')")
    assert evaluate(rule, knowledge, zone, LIMITS) is answer
    turned = parse_rule("parameter('limit') >= income")
    assert evaluate(turned, knowledge, zone, LIMITS) is answer


def test_a_figure_that_ended_without_another_is_unknown_from_the_next_day_on() -> None:
    ended = Parameters({"limit": LegalParameter((DatedValue(1000.0, None, date(2023, 12, 31)),))})
    book = Rulebook.compile([service_of("aid", rules=["income <= parameter('limit')"])], "UTC", ended)
    statuses = []
    for at in (datetime(2023, 12, 31, 23, 59, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)):
        knowledge = knowledge_of(at, {"income": 900.0})
        statuses.append(book.assess(knowledge, since(knowledge, book.periods, "UTC"))[0].status)
    assert statuses == [Status.ELIGIBLE, Status.UNKNOWN]


@pytest.mark.parametrize("rule", ["held('pension')", "used('pension')", "used('pension', within='P1Y')"])
def test_where_nobody_looked_what_is_held_that_is_unknown(rule: str) -> None:
    nobody_looked = replace(knowledge_of(NOW), holdings_known=False)
    assert evaluate(parse_rule(rule), knowledge_of(NOW)) is False
    assert evaluate(parse_rule(rule), nobody_looked) is None


def missing(text: str, attributes: dict[str, Scalar | None], covered: datetime | None = None) -> tuple[str, ...]:
    knowledge = knowledge_of(NOW, attributes, covered_from={EventType("moved"): covered})
    book = Rulebook.compile([service_of("one", rules=[text])], "UTC", LIMITS)
    return book.assess(knowledge, since(knowledge, book.periods, "UTC"))[0].missing


@pytest.mark.parametrize(
    ("text", "attributes", "names"),
    [
        ("a or b", {"a": True}, ()),
        ("a or b", {"a": False}, ("b",)),
        ("a or b", {}, ("a", "b")),
        ("a and (b or c)", {"b": True}, ("a",)),
        ("not (a and b)", {"a": False}, ()),
        ("not (a and b)", {"a": True}, ("b",)),
        ("(a and b) or c", {"a": False}, ("c",)),
        ("x >= y", {"x": 3.0}, ("y",)),
        ("x >= y", {"x": 3.0, "y": "three"}, ("x", "y")),
        ("x / y >= 1", {"x": 3.0, "y": 0.0}, ("x", "y")),
        ("x >= 1 and happened('moved', within='P1Y')", {"x": 1.0}, ("event:moved",)),
        ("x >= 1 and x <= years_between(last('moved'), today)", {}, ("event:moved", "x")),
        ("x <= y + 1 and x <= parameter('limit')", {"x": 3.0, "y": 4.0}, ("region",)),
        ("income <= parameter('limit')", {"income": 3.0}, ("region",)),
        ("income <= parameter('limit')", {"region": "south"}, ("income",)),
        ("income <= parameter('unset')", {"income": 3.0}, ("parameter:unset",)),
    ],
)
def test_only_what_could_settle_it_is_missing(
    text: str, attributes: dict[str, Scalar | None], names: tuple[str, ...]
) -> None:
    assert missing(text, attributes) == names


def test_a_last_date_that_is_known_for_certain_is_not_missing() -> None:
    rule = parse_rule("years_between(last('moved'), today) >= x")
    law = Law(SHANGHAI, NOW.date())
    for covered, names in ((LONG_AGO, {"x"}), (None, {"x", "event:moved"})):
        known = moved("2020-01-05", covered=covered)
        assert compile_missing(rule, law)(known, since(known, periods_of(rule), SHANGHAI)) == names

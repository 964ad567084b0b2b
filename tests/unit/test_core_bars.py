"""What is already held, excluded or closed is neither shown nor pushed, each with its own reason."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.bars import Bars
from recommender.catalogue import PublicService, Usage
from recommender.decision import Withheld
from recommender.facts import Holding
from recommender.identifiers import ServiceId
from recommender.service_terms import Season
from recommender.testing.catalogues import service_of
from recommender.testing.fakes import knowledge_of

ALLOWANCE, PENSION = service_of("allowance"), replace(service_of("pension"), excludes=(ServiceId("allowance"),))
NOW = datetime(2025, 3, 31, 17, tzinfo=UTC)
HOLDS, USED = Holding(True, 1, 0), Holding(False, 1, 0)


def barred(*services: PublicService, zone: str = "UTC", **held: Holding) -> dict[str, Withheld]:
    knowledge = knowledge_of(NOW, holdings={ServiceId(name): holding for name, holding in held.items()})
    found = Bars.compile(services, zone).barred(knowledge)
    return {services[place].service_id: reason for place, reason in found.items()}


def test_what_excludes_each_other_excludes_both_ways() -> None:
    assert barred(ALLOWANCE, PENSION, pension=HOLDS) == {
        "pension": Withheld.ALREADY_HELD,
        "allowance": Withheld.EXCLUDED,
    }
    assert barred(ALLOWANCE, PENSION, allowance=HOLDS)["pension"] is Withheld.EXCLUDED


def test_a_service_used_once_and_no_longer_held_excludes_nothing() -> None:
    assert barred(ALLOWANCE, PENSION, pension=USED) == {}
    once = replace(PENSION, usage=Usage.ONCE)
    assert barred(ALLOWANCE, once, pension=USED) == {"pension": Withheld.ALREADY_HELD}


def test_what_is_held_is_said_before_what_excludes_it_or_closes_it() -> None:
    closed = replace(PENSION, valid_to=date(2020, 1, 1))
    assert barred(ALLOWANCE, closed, pension=HOLDS)["pension"] is Withheld.ALREADY_HELD
    assert barred(ALLOWANCE, PENSION, pension=HOLDS, allowance=HOLDS) == {
        "pension": Withheld.ALREADY_HELD,
        "allowance": Withheld.ALREADY_HELD,
    }
    assert barred(ALLOWANCE, closed, allowance=HOLDS)["pension"] is Withheld.EXCLUDED


def test_a_service_is_closed_outside_its_days_by_the_datas_own_calendar() -> None:
    from_april = replace(service_of("aid"), valid_from=date(2025, 4, 1))
    assert barred(from_april) == {"aid": Withheld.SERVICE_CLOSED}
    assert barred(from_april, zone="Asia/Shanghai") == {}
    ended = replace(service_of("aid"), valid_to=date(2025, 3, 30))
    assert barred(ended) == {"aid": Withheld.SERVICE_CLOSED}


@pytest.mark.parametrize(
    ("season", "closed"),
    [(Season((9, 1), (3, 31)), False), (Season((4, 1), (8, 31)), True), (Season((3, 31), (3, 31)), False)],
)
def test_a_season_may_span_the_turn_of_the_year(season: Season, closed: bool) -> None:
    assert bool(barred(replace(service_of("heating"), season=season))) is closed


@given(first=st.dates(date(2024, 1, 1), date(2024, 12, 31)), last=st.dates(date(2024, 1, 1), date(2024, 12, 31)))
def test_every_day_is_in_a_season_or_in_the_rest_of_the_year(first: date, last: date) -> None:
    season = Season((first.month, first.day), (last.month, last.day))
    assert season.holds(first)
    assert season.holds(last)
    days = [date.fromordinal(date(2024, 1, 1).toordinal() + i) for i in range(366)]
    inside = sum(map(season.holds, days))
    assert inside == (last - first).days % 366 + 1

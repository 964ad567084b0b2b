"""Whom recorded facts call, and what bars them: over columns as citizen by citizen."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.bars import Bars
from recommender.candidates import Callbook
from recommender.catalogue import Answer, PublicService, Season, Usage
from recommender.columnar_calls import ColumnarCalls
from recommender.columns import Columns, columns_of
from recommender.facts import Knowledge, RecordedEvent
from recommender.identifiers import FactId, ServiceId
from recommender.instants import to_us
from recommender.testing.catalogues import answer_to, service_of
from recommender.testing.rules import DATES, EVENTS, PLACES, SERVICES, Place, citizens
from recommender.windows import since

PERIODS = st.sampled_from(["P1D", "P1M", "P3M", "P1Y", "P5Y"])


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    if draw(st.booleans()):
        return answer_to(draw(st.sampled_from(EVENTS)), draw(PERIODS))
    after = draw(st.sampled_from([None, "P1M", "P18Y", "P6M", "P60Y"]))
    return Answer(draw(PERIODS), date=draw(st.sampled_from([*DATES, "no_such_date"])), after=after)


@st.composite
def catalogues(draw: st.DrawFn) -> list[PublicService]:
    names = draw(st.lists(st.sampled_from([*SERVICES, "other"]), min_size=1, max_size=4, unique=True))
    return [
        replace(
            service_of(
                name,
                answers=draw(st.lists(answers(), max_size=3)),
                usage=draw(st.sampled_from(list(Usage))),
                deadline=draw(st.sampled_from([None, None, "P10D", "P1M", "P1Y"])),
            ),
            season=draw(st.sampled_from([None, None, Season((9, 1), (5, 31)), Season((3, 1), (8, 31))])),
            excludes=tuple(map(ServiceId, draw(st.lists(st.sampled_from([*SERVICES, "other"]), max_size=2)))),
        )
        for name in names
    ]


def with_recent(known: Knowledge) -> Knowledge:
    """The same citizen, with the dates of their events told one by one, as a decision reads them."""
    told = [(event, us) for event, dates in known.happened.items() for us in dates]
    recent = [RecordedEvent(FactId(f"fact-{i}"), event, us, us) for i, (event, us) in enumerate(told)]
    return replace(known, recent=tuple(recent))


def of_all(place: Place, known: list[Knowledge]) -> Columns:
    return replace(columns_of(known, place.zone), as_of_us=np.array([to_us(place.at)], dtype=np.int64))


@settings(max_examples=300)
@given(catalogues(), st.data())
def test_a_population_is_called_and_barred_as_each_citizen_alone(
    services: list[PublicService], data: st.DataObject
) -> None:
    place = data.draw(PLACES)
    known = data.draw(st.lists(citizens(place), min_size=1, max_size=5))
    calls, book = ColumnarCalls(of_all(place, known), services, place.at), Callbook.compile(services, place.zone)
    bars = Bars.compile(services, place.zone)
    alone = [book.called(with_recent(one), since(one, book.periods, place.zone)) for one in known]
    for i, service in enumerate(services):
        assert calls.called(service).tolist() == [i in found and bool(found[i].openings) for found in alone]
        assert calls.barred(service).tolist() == [i in bars.barred(one) for one in known]


@given(catalogues(), st.integers(0, 900), st.data())
def test_the_facts_of_a_span_are_counted_once_each(
    services: list[PublicService], days: int, data: st.DataObject
) -> None:
    place = data.draw(PLACES)
    known = data.draw(st.lists(citizens(place), min_size=1, max_size=5))
    start, now = to_us(place.at - timedelta(days=days)), to_us(place.at)
    calls = ColumnarCalls(of_all(place, known), services, place.at)
    for service in services:
        events = {answer.event for answer in service.answers}
        counted = [sum(start < us <= now for event in events for us in one.happened.get(event, ())) for one in known]
        assert calls.happened_since(service, start).tolist() == counted

"""What every OnlineFeatures promises, as checks that any adapter's tests run (see `recommender.testing.scorers`).

`known` is a citizen of whom the store holds something, `fact` a life event of a type it knows, not held yet, of that
citizen. Each check gets a store of its own. A check raises AssertionError.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from recommender.facts import Fact, Knowledge
from recommender.identifiers import CitizenId, FactId
from recommender.instants import to_us
from recommender.ports import OnlineFeatures

OnlineCheck = Callable[[OnlineFeatures, CitizenId, Fact], None]


def a_stranger_is_none(online: OnlineFeatures, known: CitizenId, fact: Fact) -> None:
    assert online.read(CitizenId("stranger"), fact.known_at) is None


def knowledge_is_of_the_citizen_and_time_asked_for(online: OnlineFeatures, known: CitizenId, fact: Fact) -> None:
    knowledge = online.read(known, fact.known_at)
    assert knowledge is not None
    assert (knowledge.citizen_id, knowledge.as_of) == (known, fact.known_at)


def an_accepted_fact_is_known_from_then_on(online: OnlineFeatures, known: CitizenId, fact: Fact) -> None:
    at = fact.known_at
    refreshed = online.refresh(known, [fact], at)
    assert _tells(refreshed, fact)
    assert online.read(known, at) == refreshed


def refreshing_twice_changes_nothing(online: OnlineFeatures, known: CitizenId, fact: Fact) -> None:
    first = online.refresh(known, [fact], fact.known_at)
    assert online.refresh(known, [fact], fact.known_at) == first
    assert online.refresh(known, [fact, fact], fact.known_at) == first


def the_order_of_acceptance_makes_no_difference(online: OnlineFeatures, known: CitizenId, fact: Fact) -> None:
    other = _another(fact, days=1)
    at = other.known_at
    assert online.refresh(known, [fact, other], at) == online.refresh(known, [other, fact], at)


def what_is_known_later_is_left_out(online: OnlineFeatures, known: CitizenId, fact: Fact) -> None:
    before = fact.known_at - timedelta(microseconds=1)
    assert not _tells(online.refresh(known, [fact], before), fact)


def a_withdrawn_fact_is_believed_no_longer(online: OnlineFeatures, known: CitizenId, fact: Fact) -> None:
    untouched = online.refresh(known, [], fact.known_at)
    back = replace(_another(fact, days=1), corrects=fact.fact_id, withdrawn=True)
    refreshed = online.refresh(known, [fact, back], back.known_at)
    assert not _tells(refreshed, fact)
    assert refreshed.happened == untouched.happened


def a_correction_keeps_the_root(online: OnlineFeatures, known: CitizenId, fact: Fact) -> None:
    right = replace(_another(fact, days=1), corrects=fact.fact_id)
    refreshed = online.refresh(known, [fact, right], right.known_at)
    found = [event for event in refreshed.recent if event.root == fact.fact_id]
    assert [event.happened_us for event in found] == [to_us(right.happened_at)]
    assert right.fact_id not in [event.root for event in refreshed.recent]


def a_refresh_makes_a_stranger_known(online: OnlineFeatures, known: CitizenId, fact: Fact) -> None:
    stranger = CitizenId("newcomer")
    refreshed = online.refresh(stranger, [replace(fact, citizen_id=stranger)], fact.known_at)
    assert _tells(refreshed, fact)
    assert online.read(stranger, fact.known_at) == refreshed


def readers_and_writers_may_come_at_once(online: OnlineFeatures, known: CitizenId, fact: Fact) -> None:
    wanted = online.refresh(known, [fact], fact.known_at)

    def work(turn: int) -> Knowledge | None:
        return online.refresh(known, [fact], fact.known_at) if turn % 4 == 0 else online.read(known, fact.known_at)

    with ThreadPoolExecutor(4) as pool:
        assert all(found == wanted for found in pool.map(work, range(40)))


def _tells(knowledge: Knowledge, fact: Fact) -> bool:
    happened = to_us(fact.happened_at)
    listed = (fact.fact_id, happened) in [(event.root, event.happened_us) for event in knowledge.recent]
    return listed and fact.event_type is not None and happened in knowledge.happened.get(fact.event_type, ())


def _another(fact: Fact, *, days: int) -> Fact:
    later = timedelta(days=days)
    named = FactId(f"{fact.fact_id}-{days}")
    return replace(fact, fact_id=named, happened_at=fact.happened_at + later, known_at=fact.known_at + later)


ONLINE_CHECKS: tuple[OnlineCheck, ...] = (
    a_stranger_is_none,
    knowledge_is_of_the_citizen_and_time_asked_for,
    an_accepted_fact_is_known_from_then_on,
    refreshing_twice_changes_nothing,
    the_order_of_acceptance_makes_no_difference,
    what_is_known_later_is_left_out,
    a_withdrawn_fact_is_believed_no_longer,
    a_correction_keeps_the_root,
    a_refresh_makes_a_stranger_known,
    readers_and_writers_may_come_at_once,
)

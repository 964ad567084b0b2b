"""One member of a household is told for all of them: which services another member's notification covers."""

from collections.abc import Iterable, Mapping

from recommender.decision import Told
from recommender.identifiers import ServiceId
from recommender.instants import DAY_US


def told_for_all(others: Mapping[ServiceId, int], own: Iterable[Told], at_us: int, days: int) -> frozenset[ServiceId]:
    """The services that somebody else in the household was told of last, at most so many days ago.

    others : per service when another member was told of it last, in microseconds. own : what the citizen was told.
    Whoever was told last goes on being told, of reminders and renewals too; so a household in which two were told
    before they moved together does not fall silent.
    """
    mine: dict[ServiceId, int] = {}
    for told in own:
        mine[told.service_id] = max(told.at_us, mine.get(told.service_id, told.at_us))
    since_us = at_us - days * DAY_US
    return frozenset(
        service_id
        for service_id, told_us in others.items()
        if told_us > since_us and (service_id not in mine or told_us > mine[service_id])
    )

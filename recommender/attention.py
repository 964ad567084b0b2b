"""The attention budget of one citizen across all authorities: how many notifications, counted in notifications."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from recommender.decision import Told
from recommender.instants import DAY_US


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many notifications within any so many days."""

    days: int
    most: int


class Room(NamedTuple):
    """What the budget leaves for now.

    free      : whether any notification fits.
    reserve   : whether one more fits for the sake of a deadline.
    lifts_us  : from when on any notification fits again; the decision's own time when `free`.
    """

    free: bool
    reserve: bool
    lifts_us: int


def room(caps: Iterable[Cap], reserve: int, told: Sequence[Told], at_us: int) -> Room:
    """What the caps leave at one time. `reserve` notifications more fit within each cap, for deadlines only.

    One notification may have told several services; it counts once. Time runs in whole periods of 24 hours, so a change
    of the clocks moves nothing.
    """
    sent = sorted({(each.at_us, each.cause) for each in told}, reverse=True)
    free, spare, lifts_us = True, True, at_us
    for cap in caps:
        span = cap.days * DAY_US
        within = [sent_us for sent_us, _ in sent if sent_us + span > at_us]
        if len(within) >= cap.most:
            free = False
            lifts_us = max(lifts_us, within[cap.most - 1] + span if cap.most else at_us + span)
        spare = spare and len(within) < cap.most + reserve
    return Room(free, spare, lifts_us)

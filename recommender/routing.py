"""By which channels a citizen is told besides the inbox: the first of those they allow, and what to try after it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LETTER, COUNTER = "letter", "counter"
ELECTRONIC = ("webpush", "email", "sms")
CHANNELS = (*ELECTRONIC, LETTER, COUNTER)
"""Channels that reach the citizen, in the order that holds as long as the citizen says nothing."""

_SLOW_DAYS = {LETTER: 5, COUNTER: 2}
"""Days that a channel takes: with a deadline nearer than that it is passed over while a quicker one is left."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How one citizen can be reached.

    at_hand  : channels that this server runs.
    wanted   : those that the citizen named, in their order; None: they said nothing.
    held     : channels with an address; a counter needs none.
    protected: safe mode: nothing leaves but to the inbox.
    """

    at_hand: Collection[str]
    wanted: Sequence[str] | None
    held: Collection[str]
    protected: bool = False


def route(reach: Reach, now: datetime, deadline: datetime | None) -> tuple[str, ...]:
    """The channel to use, then those to fall back on, each once; empty: the inbox alone.

    Whoever has no electronic address at all is a case for a letter or a counter, even if they named other channels:
    those are the people whom nobody reaches otherwise. Who named channels and has an address for one is reached by
    those only.
    """
    if reach.protected:
        return ()
    named = CHANNELS if reach.wanted is None else tuple(dict.fromkeys(reach.wanted))
    usable = [channel for channel in named if channel in reach.at_hand and _has(channel, reach.held)]
    if reach.wanted is not None and reach.wanted and not usable:
        usable = [channel for channel in (LETTER, COUNTER) if channel in reach.at_hand and _has(channel, reach.held)]
    if deadline is None:
        return tuple(usable)
    in_time = [channel for channel in usable if now + timedelta(days=_SLOW_DAYS.get(channel, 0)) <= deadline]
    return tuple(in_time or usable)


def _has(channel: str, held: Collection[str]) -> bool:
    return channel == COUNTER or channel in held

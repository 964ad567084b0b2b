"""The mode that does not profile: the citizen picks life events, rules alone answer, no stored profile is read.

What the citizen picked and told is all that is known. Nothing is taken for absent: that an event was not picked, or
that nothing is held, is unknown here, because nobody looked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from recommender.facts import Knowledge, RecordedEvent, Scalar
from recommender.identifiers import EventType, FactId

PICKED = "picked:"
"""Before the type of a life event that the citizen picked: the root of the cause that stands for it."""


@dataclass(frozen=True, slots=True)
class Picked:
    """What the citizen says for this one answer: life events with their dates in microseconds, and attributes."""

    events: Mapping[EventType, int] = field(default_factory=dict)
    told: Mapping[str, Scalar] = field(default_factory=dict)

    def recent(self, at_us: int) -> tuple[RecordedEvent, ...]:
        """The events as recorded ones, known as of now."""
        return tuple(
            RecordedEvent(FactId(f"{PICKED}{event}"), event, happened_us, at_us)
            for event, happened_us in sorted(self.events.items())
        )


def unprofiled(knowledge: Knowledge) -> Knowledge:
    """Knowledge of which only the recent events and what was told is used, and nothing is taken for absent."""
    happened: dict[EventType, list[int]] = {}
    for event in knowledge.recent:
        happened.setdefault(event.event_type, []).append(event.happened_us)
    return replace(
        knowledge,
        attributes=dict(knowledge.told),
        happened={event: tuple(sorted(dates, reverse=True)) for event, dates in happened.items()},
        covered_from_us={},
        holdings={},
        holdings_known=False,
    )

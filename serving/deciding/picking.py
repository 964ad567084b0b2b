"""What a citizen picks instead of being profiled: life events and attributes, from a request's query."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from recommender.errors import InvalidFactError
from recommender.facts import Scalar
from recommender.identifiers import EventType
from recommender.instants import to_us
from recommender.references import nearest
from recommender.rules_only import Picked
from serving.bodies.values import instant_of, value_of

_NUMBER = re.compile(r"^-?\d{1,15}(\.\d{1,9})?$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Picking:
    """Reads what was picked. event_types: those that may be; kinds: attributes that may be told, with their kinds."""

    event_types: Collection[str]
    kinds: Mapping[str, str]
    zone: str

    def picked(self, life_events: Sequence[str], told: Sequence[str], at: datetime) -> Picked:
        """`type` or `type@date` each, and `attribute=value` each; an event without a date happened just now.

        Raises InvalidFactError for an unknown type, a time to come, or a value of another kind.
        """
        events: dict[EventType, int] = {}
        for written in life_events:
            name, _, date = written.partition("@")
            if name not in self.event_types:
                raise InvalidFactError(f"no life event {name!r} is known", mend=nearest(name, self.event_types))
            happened = instant_of(date, self.zone) if date else at
            if happened > at + timedelta(days=1):
                raise InvalidFactError(f"{written!r} is yet to come", mend="pick what happened")
            events[EventType(name)] = to_us(min(happened, at))
        return Picked(events, dict(self._told(each) for each in told))

    def _told(self, written: str) -> tuple[str, Scalar]:
        name, equals, value = written.partition("=")
        kind = self.kinds.get(name)
        if not equals or kind is None:
            raise InvalidFactError(f"{written!r} tells of nothing known", mend="write attribute=value")
        return name, value_of(name, kind, _typed(kind, value), self.zone)


def _typed(kind: str, value: str) -> object:
    if kind == "boolean":
        return {"true": True, "false": False}.get(value, value)
    return float(value) if kind == "number" and _NUMBER.match(value) else value

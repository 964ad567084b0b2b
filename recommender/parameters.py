"""What the law sets by date and region, such as a yearly income limit: rules name it, the catalogue gives values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from recommender.facts import Scalar


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A value and the days on which it holds, both included; None: open on that side, or no value.

    where : other values by region.
    """

    value: Scalar | None
    first: date | None = None
    last: date | None = None
    where: Mapping[str, Scalar] = field(default_factory=dict)

    def holds(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class LegalParameter:
    """One parameter. `by`: the attribute that names the region; None: the same everywhere. `words`: its name."""

    values: tuple[DatedValue, ...]
    by: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)

    def on(self, day: date) -> DatedValue | None:
        """What holds on a day, the first that does; None: nothing."""
        return next((value for value in self.values if value.holds(day)), None)


@dataclass(frozen=True, slots=True)
class Parameters:
    """All parameters of a catalogue, by name."""

    by_name: Mapping[str, LegalParameter] = field(default_factory=dict)

    def regional(self, name: str) -> str | None:
        """The attribute that a parameter's value depends on; None: on none, or there is no such parameter."""
        found = self.by_name.get(name)
        return None if found is None else found.by

    def changes(self) -> Iterator[date]:
        """The first day of every new value, and the day after the last of every old one."""
        for parameter in self.by_name.values():
            for value in parameter.values:
                if value.first is not None:
                    yield value.first
                if value.last is not None and value.last < date.max:
                    yield value.last + timedelta(days=1)


NO_PARAMETERS = Parameters()

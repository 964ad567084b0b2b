"""What is not for a citizen now whatever its rules say: already held, excluded by what is held, or closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recommender.catalogue import PublicService, Usage
from recommender.decision import Withheld
from recommender.eligibility import is_held
from recommender.facts import Knowledge
from recommender.identifiers import ServiceId
from recommender.instants import local_day


@dataclass(frozen=True)
class Bars:
    """A catalogue's bars, by place of the service.

    usages   : place and usage of each service.
    excludes : per service the places of those that nobody may hold together with it; it works both ways.
    dated    : place and service of those that are not always open.
    """

    usages: Mapping[ServiceId, tuple[int, Usage]]
    excludes: Mapping[ServiceId, tuple[int, ...]]
    dated: tuple[tuple[int, PublicService], ...]
    zone: str

    @classmethod
    def compile(cls, services: Sequence[PublicService], zone: str) -> "Bars":
        """Index the services, in their order."""
        places = {service.service_id: place for place, service in enumerate(services)}
        excludes: dict[ServiceId, set[int]] = {}
        for service in services:
            for other in service.excludes:
                excludes.setdefault(other, set()).add(places[service.service_id])
                if other in places:
                    excludes.setdefault(service.service_id, set()).add(places[other])
        dated = tuple((i, s) for i, s in enumerate(services) if s.valid_from or s.valid_to or s.season)
        return cls(
            {service.service_id: (place, service.usage) for place, service in enumerate(services)},
            {service_id: tuple(sorted(found)) for service_id, found in excludes.items()},
            dated,
            zone,
        )

    def barred(self, knowledge: Knowledge) -> Mapping[int, Withheld]:
        """Why each barred service waits, by its place. What is held is said first, then what excludes, then closed.

        Holdings of services that are not in the catalogue bar nothing but what excludes them.
        """
        found: dict[int, Withheld] = {}
        if self.dated:
            day = local_day(knowledge.as_of, self.zone)
            found = {place: Withheld.SERVICE_CLOSED for place, service in self.dated if not service.is_open(day)}
        held = []
        for service_id, holding in knowledge.holdings.items():
            place, usage = self.usages.get(service_id, (-1, Usage.REPEATABLE))
            if is_held(usage, holding) and place >= 0:
                held.append(place)
            if holding.holds_now:
                found.update(dict.fromkeys(self.excludes.get(service_id, ()), Withheld.EXCLUDED))
        found.update(dict.fromkeys(held, Withheld.ALREADY_HELD))
        return found

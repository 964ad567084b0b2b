"""What a citizen holds and must renew: from a month before it lapses until it does, that is a cause of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recommender.candidates import Opening
from recommender.catalogue import PublicService
from recommender.decision import Cause
from recommender.facts import Knowledge
from recommender.identifiers import FactId, ServiceId
from recommender.instants import after, before, from_us, to_us

NOTICE = "P30D"
"""How long before a holding lapses its renewal is called for."""

RENEWAL = "renewal"
"""What the cause of a renewal has in place of a date attribute's name."""


@dataclass(frozen=True)
class Renewals:
    """Place and renewal period of the services whose holdings lapse, by id."""

    periods: Mapping[ServiceId, tuple[int, str]]
    zone: str

    @classmethod
    def compile(cls, services: Sequence[PublicService], zone: str) -> "Renewals":
        """Index the services, in their order."""
        found = {s.service_id: (place, s.renewal) for place, s in enumerate(services) if s.renewal is not None}
        return cls(found, zone)

    def due(self, knowledge: Knowledge, now_us: int) -> Mapping[int, Opening]:
        """The renewals called for now, by place of the service; the deadline is when the holding lapses.

        A holding runs from its latest start; one whose start is not known is not renewed by a guess.
        """
        found: dict[int, Opening] = {}
        for service_id, (place, period) in self.periods.items():
            holding = knowledge.holdings.get(service_id)
            if holding is None or not holding.holds_now or holding.last_us is None:
                continue
            lapses = after(from_us(holding.last_us), period, self.zone)
            notice_us = to_us(before(lapses, NOTICE, self.zone))
            if notice_us <= now_us <= to_us(lapses):
                root = FactId(f"{RENEWAL}:{service_id}={lapses:%Y-%m-%d}")
                found[place] = Opening(Cause(root, notice_us, date=RENEWAL), to_us(lapses))
        return found

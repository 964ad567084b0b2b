"""The nightly run: everybody is decided on once a day, so that dates reached, deadlines and freed caps find them."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recommender.errors import HeraldError, NoChampionError
from recommender.identifiers import CitizenId
from recommender.instants import local_day
from serving.deciding.deciding import Decider

log = logging.getLogger("herald.nightly")

MARK_EVERY = 200
"""Citizens after which the place is noted; a run that was killed decides at most so many again."""

Told = Callable[[int, int], None]
"""Called with how many citizens are done, and of how many."""


@dataclass
class Counts:
    """What a run did. left: citizens done by an earlier run of the same day."""

    decided: int = 0
    pushed: int = 0
    unknown: int = 0
    failed: int = 0
    left: int = 0
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Nightly:
    """Goes through the citizens in the order of their ids, one at a time: memory does not grow with their number.

    mark : file that says how far today's run has come; deciding twice pushes nothing twice, it only costs time.
    zone : whose calendar says what today is.
    """

    decider: Decider
    mark: Path
    zone: str

    def run(self, citizens: Sequence[CitizenId], told: Told) -> Counts:
        """Decide on everybody who is not done yet today. Raises NoChampionError; one citizen's trouble stops no other.

        citizens : ids, sorted.
        """
        if not self.decider.champion.loaded:
            raise NoChampionError("no champion is loaded", mend="run `herald train`, or `herald serve` once")
        counts = Counts()
        for number, citizen_id in self._rest(citizens, counts):
            try:
                decision = self.decider.for_night(citizen_id)
                counts.decided += decision is not None
                counts.unknown += decision is None
                counts.pushed += len(decision.push) if decision else 0
            except HeraldError as error:
                counts.failed += 1
                counts.reasons = [*dict.fromkeys([*counts.reasons, str(error)])][:5]
                log.error("nightly_decision_failed", extra={"citizen_id": citizen_id, "reason": str(error)})
            if number % MARK_EVERY == 0 or number == len(citizens):
                self._note(citizen_id)
                told(number, len(citizens))
        return counts

    def _rest(self, citizens: Sequence[CitizenId], counts: Counts) -> Iterator[tuple[int, CitizenId]]:
        after = self._noted()
        for number, citizen_id in enumerate(citizens, start=1):
            if after is not None and citizen_id <= after:
                counts.left += 1
                continue
            yield number, citizen_id

    def _today(self) -> str:
        return local_day(self.decider.clock.now(), self.zone).isoformat()

    def _noted(self) -> str | None:
        try:
            noted = json.loads(self.mark.read_text(encoding="utf-8"))
            return str(noted["after"]) if noted["day"] == self._today() else None
        except (OSError, ValueError, KeyError, TypeError):
            return None  # no mark, or half of one: begin anew

    def _note(self, citizen_id: CitizenId) -> None:
        draft = self.mark.with_name(f".{self.mark.name}.draft")
        draft.write_text(json.dumps({"day": self._today(), "after": citizen_id}), encoding="utf-8")
        draft.replace(self.mark)

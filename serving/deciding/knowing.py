"""What a decision may know of a citizen: all that the registers and the citizen told, or only what they pick now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from recommender.decision import Mode
from recommender.facts import Fact, Knowledge, RecordedEvent
from recommender.identifiers import CitizenId
from recommender.instants import to_us
from recommender.ports import OnlineFeatures
from recommender.rules_only import Picked
from recommender.told import with_told
from serving.database.answers import read_answers
from serving.database.connect import Connection, Database
from serving.database.preferences import PROFILING, REFUSED, read_preferences
from serving.database.safe_mode import flagged

Blank = Callable[[CitizenId, datetime, tuple[RecordedEvent, ...]], Knowledge]
"""Knowledge of a citizen of whom nothing is known but these events."""

NOTHING_PICKED = Picked()


class ProtectedAddresses(NamedTuple):
    """The boolean attribute by which a register says so, and whoever has it by the tables that were ingested."""

    attribute: str
    listed: Callable[[], Sequence[CitizenId]]


class Known(NamedTuple):
    """What is known, and by which mode."""

    knowledge: Knowledge
    mode: Mode


@dataclass(frozen=True, slots=True)
class Knowing:
    """Reads what a decision may look at. A citizen who does not want to be profiled has no stored profile read.

    protected : how registers say that an address is protected; None: none does.
    believed  : leaves out what the citizen disputes.
    """

    database: Database
    online: OnlineFeatures
    blank: Blank
    protected: ProtectedAddresses | None = None
    believed: Callable[[Connection, Knowledge], Knowledge] = lambda conn, knowledge: knowledge

    def read(self, citizen_id: CitizenId, at: datetime, picked: Picked | None = None) -> Known | None:
        """What is known now; None: nothing. picked: what the citizen says for this one answer, instead of a profile."""
        if picked is not None:
            return self._picked(citizen_id, at, picked)
        with self.database.read() as conn:
            if not _may_profile(conn, citizen_id):
                return self._picked(citizen_id, at, NOTHING_PICKED)
            knowledge = self.online.read(citizen_id, at)
            return None if knowledge is None else self._known(conn, knowledge)

    def refresh(self, citizen_id: CitizenId, accepted: Sequence[Fact], at: datetime) -> Known:
        """Bring the citizen's online features up to date, and read what may be looked at.

        The features are kept up to date in either mode, so that a citizen who changes their mind is known again.
        """
        knowledge = self.online.refresh(citizen_id, accepted, at)
        if self.protected is not None and knowledge.attributes.get(self.protected.attribute) is True:
            with self.database.write() as conn:
                flagged(conn, citizen_id, at)
        with self.database.read() as conn:
            if _may_profile(conn, citizen_id):
                return self._known(conn, knowledge)
        return self._picked(citizen_id, at, NOTHING_PICKED)

    def protect_listed(self, at: datetime) -> None:
        """Put in safe mode whoever's address an ingested register protects; called at start."""
        if self.protected is None:
            return
        for citizen_id in self.protected.listed():
            with self.database.write() as conn:
                flagged(conn, citizen_id, at)

    def _known(self, conn: Connection, knowledge: Knowledge) -> Known:
        told = read_answers(conn, knowledge.citizen_id)
        return Known(with_told(self.believed(conn, knowledge), told), Mode.PERSONAL)

    def _picked(self, citizen_id: CitizenId, at: datetime, picked: Picked) -> Known:
        blank = self.blank(citizen_id, at, picked.recent(to_us(at)))
        return Known(with_told(blank, picked.told), Mode.RULES_ONLY)


def _may_profile(conn: Connection, citizen_id: CitizenId) -> bool:
    """Whether the citizen lets stored data choose what they are shown and told."""
    return read_preferences(conn, citizen_id).get(PROFILING) != REFUSED

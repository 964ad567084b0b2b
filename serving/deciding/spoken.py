"""In which language a citizen is told: the one they said, else the one that a register knows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

from features.facts import read_languages
from features.workspace import Workspace
from recommender.clock import Clock
from recommender.identifiers import CitizenId
from serving.database.connect import Connection, Database
from serving.database.preferences import LANGUAGE, preferences_of, read_preferences, said

LOOK_AGAIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """Reads languages. registered: what a register says; None where it says nothing."""

    database: Database
    registered: Callable[[CitizenId], str | None]

    def __call__(self, citizen_id: CitizenId) -> str | None:
        """The citizen's language tag; None: nobody knows. Raises WorkspaceError."""
        with self.database.read() as conn:
            wished = read_preferences(conn, citizen_id).get(LANGUAGE)
        return wished or self.registered(citizen_id)

    def of_all(self, conn: Connection, citizens: Sequence[CitizenId]) -> Mapping[str, str]:
        """The same of many; those are left out whose language nobody knows."""
        wishes = {citizen: said(content) for citizen, content in preferences_of(conn, citizens).items()}
        found = {citizen: wishes.get(citizen, {}).get(LANGUAGE) or self.registered(citizen) for citizen in citizens}
        return {citizen: language for citizen, language in found.items() if language}


@dataclass
class RegisteredLanguages:
    """The registers' latest word on each citizen's language, read again when an ingest has added facts.

    usual : the dataset's first language, which is not kept: most citizens speak it.
    """

    workspace: Workspace
    clock: Clock
    usual: str
    _spoken: dict[CitizenId, str] = field(default_factory=dict)
    _seen: tuple[int, float] = (-1, 0.0)
    _next_look: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, citizen_id: CitizenId) -> str | None:
        with self._lock:
            now = self.clock.now().timestamp()
            if now >= self._next_look:
                self._look()
                self._next_look = now + LOOK_AGAIN_S
            return self._spoken.get(citizen_id)

    def _look(self) -> None:
        files = [file.stat().st_mtime for file in self.workspace.facts.glob("*/*/*.parquet")]
        seen = (len(files), max(files, default=0.0))
        if seen == self._seen:
            return
        words = read_languages(self.workspace)
        told = zip(words["citizen_id"], words["language"], strict=True)
        self._spoken = {CitizenId(citizen): language for citizen, language in told if language != self.usual}
        self._seen = seen

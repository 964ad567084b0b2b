"""What a register's legal-ground column says of each citizen, read again when an ingest has added facts."""

from dataclasses import dataclass, field
from threading import Lock

from features.facts import read_legal_grounds
from features.workspace import Workspace
from recommender.clock import Clock
from recommender.identifiers import CitizenId

LOOK_AGAIN_S = 10.0


@dataclass
class RegisteredGrounds:
    """Whether a citizen may be told, by the register's latest word. None: it says nothing, so nobody is told.

    The offline facts are looked at no more often than every ten seconds, and read only when files were added.
    """

    workspace: Workspace
    clock: Clock
    _allowed: dict[CitizenId, bool] = field(default_factory=dict)
    _seen: tuple[int, float] = (-1, 0.0)
    _next_look: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        # read before the first answer: a second of reading belongs to the start, not to the first citizen's event
        self._look()

    def __call__(self, citizen_id: CitizenId) -> bool | None:
        with self._lock:
            now = self.clock.now().timestamp()
            if now >= self._next_look:
                self._look()
                self._next_look = now + LOOK_AGAIN_S
            return self._allowed.get(citizen_id)

    def _look(self) -> None:
        files = [file.stat().st_mtime for file in self.workspace.facts.glob("*/*/*.parquet")]
        seen = (len(files), max(files, default=0.0))
        if seen == self._seen:
            return
        words = read_legal_grounds(self.workspace)
        self._allowed = dict(zip(words["citizen_id"], words["allowed"], strict=True))
        self._seen = seen

"""On what legal ground a citizen may be told: the descriptor's, a register's word, or what was said since."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from recommender.clock import Clock
from recommender.decision import LegalGround
from recommender.identifiers import CitizenId
from serving.bodies.responses import GroundOut
from serving.database import grounds
from serving.database.connect import Database

PURPOSE = "inform"

_NONE = LegalGround("none", "no ground is named: nothing is pushed", False, 0)

DefaultGround = Callable[[CitizenId], LegalGround | None]
"""The ground as long as nothing was said by or for the citizen."""


def default_ground(named: object, registered: Callable[[CitizenId], bool | None]) -> DefaultGround:
    """The default that a descriptor's `legal_ground.inform` names.

    named      : {"law": words}, "research_replay", {"column": name}, or None: nobody is told.
    registered : for a column, what the register says of a citizen; None when it says nothing: then nobody is told.
    """
    if named == "research_replay":
        replay = LegalGround("research_replay", "replay of research data to loopback inboxes", False, 0)
        return lambda _citizen: replay
    if isinstance(named, Mapping) and "law" in named:
        law = LegalGround("law", str(named["law"]), False, 0)
        return lambda _citizen: law
    if isinstance(named, Mapping) and "column" in named:
        consent = LegalGround("consent", f"recorded in {named['column']}", False, 0)
        return lambda citizen: consent if registered(citizen) else None
    return lambda _citizen: None


@dataclass(frozen=True, slots=True)
class Grounds:
    """Reads and changes the grounds of citizens."""

    database: Database
    clock: Clock
    default: DefaultGround

    def shown(self, citizen_id: CitizenId) -> GroundOut:
        """The ground as it stands."""
        with self.database.read() as conn:
            ground = grounds.get_ground(conn, citizen_id, PURPOSE)
            objected = grounds.objections(conn, citizen_id, PURPOSE)
        ground = ground or self.default(citizen_id) or _NONE
        return GroundOut(
            purpose="inform",
            kind=ground.kind,
            words=ground.words,
            objected=ground.objected,
            version=ground.version,
            objected_authorities=sorted(objected),
        )

    def change(self, citizen_id: CitizenId, *, objected: bool, authority: str | None = None) -> None:
        """Record the citizen's objection, or that it is taken back, beside the ground there is; history is kept.

        authority : the only one that it is about; None: whoever tells.
        """
        with self.database.write() as conn:
            if authority is not None:
                grounds.put_objection(conn, citizen_id, PURPOSE, authority, objected, self.clock.now())
                return
            ground = grounds.get_ground(conn, citizen_id, PURPOSE) or self.default(citizen_id) or _NONE
            changed = LegalGround(ground.kind, ground.words, objected, ground.version)
            grounds.put_ground(conn, citizen_id, PURPOSE, changed, self.clock.now())

"""Who is not learnt from: whoever objects, disputes a fact or was erased; docs/adr/0041-who-is-not-learnt-from.md.

Training asks whatever packages register under the entry point `herald.excluded`; it does not know which they are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points

from features.descriptor import Descriptor
from features.workspace import Workspace

GROUP = "herald.excluded"
FEW = 10
"""A smaller number of people is recorded as fewer than this: a run is read by many, and few people may be one."""

Excluding = Callable[[Workspace, Descriptor], Mapping[str, frozenset[str]]]
"""Citizens by reason. Raises HeraldError when it cannot be known: then nothing is learnt from anybody."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """Citizens to leave out, and how many by each reason."""

    citizens: frozenset[str] = frozenset()
    by_reason: Mapping[str, int] = field(default_factory=dict)

    def told(self) -> dict[str, int | str]:
        """For a run's record: how many by reason, never who."""
        return {f"left_out_{reason}": n if n >= FEW else f"fewer than {FEW}" for reason, n in self.by_reason.items()}


NOBODY = Excluded()


def excluded_from(workspace: Workspace, descriptor: Descriptor) -> Excluded:
    """Who must be left out now, by all that registered."""
    found: dict[str, frozenset[str]] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        excluding: Excluding = point.load()
        for reason, citizens in excluding(workspace, descriptor).items():
            found[reason] = found.get(reason, frozenset()) | citizens
    return Excluded(frozenset().union(*found.values()), {reason: len(found[reason]) for reason in sorted(found)})

"""What others of a citizen's household were told for all of them, and one decision at a time on one household.

With whom a citizen lives is kept beside the contacts, encrypted, and only ever compared by its keyed mark. Somebody in
safe mode has no household here: what they are told says nothing to the others, nor what those are told to them.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Protocol

from recommender.decision import Standing
from recommender.households import told_for_all
from recommender.identifiers import CitizenId, ServiceId
from serving.database import standing
from serving.database.connect import Connection
from serving.database.households import told_to_others
from serving.database.safe_mode import is_safe

Shared = Collection[ServiceId]
"""The services that one member of a household is told of for all of them."""


class Homes(Protocol):
    """Who lives with whom: `features.contacts.Contacts`. Both raise WorkspaceError when it cannot be read."""

    def household(self, citizen_id: str) -> str | None: ...

    def holders(self, digest: str) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Households:
    """Reads and holds households. days : how long a service told to one member counts as told to the others."""

    homes: Homes
    days: int

    def with_told(
        self, conn: Connection, stand: Standing, citizen_id: CitizenId, at_us: int, services: Shared
    ) -> Standing:
        """The standing with what others of the household were told of. Raises WorkspaceError: then the fact waits."""
        others = self._others(conn, citizen_id) if services and stand.readable else frozenset()
        if not others:
            return stand
        told = told_to_others(conn, others, services)
        return replace(stand, household=told_for_all(told, stand.told, at_us, self.days))

    def hold(self, conn: Connection, citizen_id: CitizenId) -> None:
        """Until the transaction ends no other one tells this household: of two members decided at once one is told."""
        mark = self.homes.household(citizen_id)
        if mark is not None:
            standing.hold(conn, CitizenId(f"household:{mark}"))

    def _others(self, conn: Connection, citizen_id: CitizenId) -> frozenset[CitizenId]:
        mark = self.homes.household(citizen_id)
        if mark is None or is_safe(conn, citizen_id):
            return frozenset()
        return frozenset(map(CitizenId, self.homes.holders(mark))) - {citizen_id}

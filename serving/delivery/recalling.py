"""A recall: who was told because of a service, a catalogue or a model is found, and all of it is taken back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from recommender.clock import Clock
from recommender.errors import NotFoundError
from recommender.publication import check_name
from recommender.stops import Word, check_because
from serving.database import corrections, recalls
from serving.database.connect import Database
from serving.database.recalls import Because, Listed, Of

RECALLED = "recalled"


class Done(NamedTuple):
    """How many got a correction, and how many were cancelled before they reached anybody."""

    corrected: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class Recalling:
    """Recalls over one operational database. clock: the server's, by which corrections become due."""

    database: Database
    clock: Clock

    def named(self, reach: Because, name: str, since: datetime) -> Of:
        """What is to be recalled. A version may be named by how it begins. Raises NotFoundError when none does."""
        if reach is not Because.SERVICE:
            with self.database.read() as conn:
                found = recalls.versions_beginning(conn, reach, name)
            if name in found:
                found = [name]
            if len(found) != 1:
                words = f"{len(found)} versions begin so" if found else "no notification was decided by such a version"
                raise NotFoundError(
                    f"{reach.value} {name}: {words}", mend="give the whole version, as receipts name it"
                )
            name = found[0]
        return Of(reach, name, since)

    def listed(self, of: Of) -> Iterator[Listed]:
        """What a recall would take back now, oldest first, without doing it."""
        with self.database.read() as conn:
            yield from recalls.every(conn, of)

    def recall(self, of: Of, said: Word, seen: Callable[[Listed], None] = lambda listed: None) -> Done:
        """Take it all back: `said` is on record, each citizen who was told gets one correction.

        seen : called for each notification after what became of it is committed.
        Done in small transactions, each with its part of the record: run again, a recall that was killed goes on.
        What is decided while it runs is not recalled; stop the service, or roll the catalogue back, first.
        """
        checked = Word(check_name(said.by), said.account, check_because(said.because), said.at)
        with self.database.write() as conn:
            number = recalls.begin(conn, of, checked)
        while True:
            with self.database.write() as conn:
                found = recalls.find(conn, of)
                ids = [each.notification_id for each in found]
                recalls.put(conn, number, corrections.take_back(conn, ids, self.clock.now(), RECALLED))
            for each in found:
                seen(each)
            if not found:
                break
        with self.database.write() as conn:
            counts = recalls.end(conn, number, self.clock.now())
        return Done(counts.get(True, 0), counts.get(False, 0))

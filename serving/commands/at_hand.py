"""A dataset's operational database and the catalogue in force, for commands that run beside a server or without one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from recommender.adapters.settings import read_settings
from recommender.adapters.stored_catalogue import stored_catalogue
from recommender.adapters.yaml_catalogue import version_of
from recommender.catalogue import Catalogue
from recommender.clock import Clock
from recommender.instants import from_us
from recommender.publication import in_force
from serving.database import catalogues, publications
from serving.database.connect import Database, open_database
from serving.place import Place, clock_of, database_url
from serving.settings import ServingSettings


@dataclass(frozen=True, slots=True)
class AtHand:
    """What a command needs. clock: the server's, by which a version of the catalogue comes into force."""

    place: Place
    settings: ServingSettings
    database: Database
    clock: Clock

    def catalogue(self) -> Catalogue:
        """The version in force; the descriptor's own where no server ever ran. Its rules are not compiled."""
        with self.database.read() as conn:
            now = in_force(publications.list_all(conn), self.clock.now())
            content = None if now is None else catalogues.get_catalogue(conn, now.version)
        stored = self.place.catalogue_content() if content is None else content
        return stored_catalogue(version_of(stored), stored, self.place.descriptor.languages)

    def instant(self, text: str | None, option: str) -> datetime:
        """A day in the data's time zone, or an instant; the beginning of time when none is given. Raises SetupError."""
        from features.commands import instant

        return instant(text, option, self.place.descriptor.zone) or from_us(0)


@contextmanager
def at_hand(descriptor_file: Path, var: Path | None) -> Iterator[AtHand]:
    """Raises SetupError when something that must be there is not."""
    settings = read_settings(ServingSettings)
    place = Place.find(descriptor_file, var)
    with open_database(database_url(settings, place.workspace)) as database:
        yield AtHand(place, settings, database, clock_of(settings.clock_start, database))

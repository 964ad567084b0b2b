"""Drafting, approving and rolling back versions of the catalogue, each checked and written in one transaction."""

import os
import pwd
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from features.catalogue_checking import faults_of, people_of
from features.schema import load_schema
from recommender.adapters.catalogue_changes import Changes, changes
from recommender.adapters.catalogue_files import Fault
from recommender.adapters.settings import read_settings
from recommender.adapters.yaml_catalogue import checked_content, version_of
from recommender.clock import Clock, SystemClock
from recommender.errors import CatalogueError, PublicationError
from recommender.identifiers import CatalogueVersion
from recommender.publication import (
    Publication,
    Signature,
    check_approval,
    check_name,
    check_note,
    in_force,
    status,
)
from serving.assembling import EngineMaker
from serving.database import catalogues, publications
from serving.database.connect import Connection, Database, open_database
from serving.place import Place, clock_of, database_url, policy_of
from serving.settings import ServingSettings
from serving.versions.editions import ReadCatalogue

_SEE = "see `herald catalogue versions`"


@dataclass(frozen=True)
class Publishing:
    """What a person does with versions.

    clock  : the server's, by which a version comes into force; signatures carry the machine's.
    read   : compiles a content as a server would. folder: of the descriptor's catalogue. zone: the data's.
    faults : what `herald catalogue check` finds in a folder.
    """

    database: Database
    clock: Clock
    read: ReadCatalogue
    folder: Path | None
    zone: ZoneInfo
    faults: Callable[[Path], Sequence[Fault]]
    account: Callable[[], str]

    def draft(self, folder: Path | None, since: datetime, name: str, note: str) -> tuple[Publication, Changes]:
        """Keep the catalogue of a folder and write a draft of it; what differs from the version in force.

        The same draft again is the same draft. Raises CatalogueError for a folder with a fault, PublicationError when
        another draft of that version waits.
        """
        chosen = folder or self.folder
        if chosen is None:
            raise PublicationError("the descriptor names no catalogue", mend="name the folder")
        signature, tidy = self._sign(name), check_note(note)
        _refuse([fault for fault in self.faults(chosen) if fault.grave], chosen)
        content = checked_content(chosen)
        version = version_of(content)
        self.read(version, content)
        with self.database.write() as conn:
            publications.alone(conn)
            every = publications.list_all(conn)
            found = next((each for each in every if each.version == version and each.waits), None)
            if found is None:
                catalogues.put_catalogue(conn, version, content, self.clock.now())
                found = publications.draft(conn, version, since, signature, tidy)
            elif not _same(found, since, signature, tidy):
                raise PublicationError(
                    f"a draft of version {version[:12]} waits for its approval already",
                    mend="approve it, or roll it back and draft it again",
                )
            return found, self._changes(conn, every, version)

    def approve(self, beginning: str, name: str) -> tuple[Publication, Changes]:
        """Approve the one draft whose version begins so. Raises PublicationError when `name` may not, or none does."""
        signature = self._sign(name)
        with self.database.write() as conn:
            publications.alone(conn)
            every = publications.list_all(conn)
            draft = _one([each for each in every if each.waits], beginning, "draft that waits for approval")
            check_approval(draft, every, signature.name, self.clock.now())
            publications.approve(conn, draft.number, signature)
            return draft, self._changes(conn, every, draft.version)

    def roll_back(self, beginning: str | None, name: str, note: str) -> tuple[Publication, Publication | None]:
        """Roll back the version in force, or the one whose version begins so; and what is in force now.

        Raises PublicationError when there is none, or when it is the descriptor's own.
        """
        signature, tidy = self._sign(name), check_note(note)
        with self.database.write() as conn:
            publications.alone(conn)
            every = publications.list_all(conn)
            now = self.clock.now()
            if beginning is None:
                chosen = in_force(every, now)
            else:
                standing = [each for each in every if each.drafted is not None and each.rolled_back is None]
                chosen = _one(standing, beginning, "publication that could be rolled back")
            if chosen is None or chosen.drafted is None:
                raise PublicationError("no published version is in force", mend=f"name the version; {_SEE}")
            publications.roll_back(conn, chosen.number, signature, tidy)
            return chosen, in_force(publications.list_all(conn), now)

    def listed(self) -> list[tuple[Publication, str]]:
        """Every publication with its status, newest first."""
        with self.database.read() as conn:
            every = publications.list_all(conn)
        now = self.clock.now()
        return [(each, status(each, every, now)) for each in sorted(every, key=lambda each: -each.number)]

    def _sign(self, name: str) -> Signature:
        return Signature(check_name(name), self.account(), SystemClock().now())

    def _changes(self, conn: Connection, every: Sequence[Publication], version: CatalogueVersion) -> Changes:
        former = in_force(every, self.clock.now())
        old = self._of_descriptor() if former is None else catalogues.get_catalogue(conn, former.version)
        return changes(old, catalogues.get_catalogue(conn, version))

    def _of_descriptor(self) -> bytes:
        """What a server that starts now would take; nothing when it could not."""
        try:
            return b"[]" if self.folder is None else checked_content(self.folder)
        except CatalogueError:
            return b"[]"


@contextmanager
def publishing(descriptor_file: Path, var: Path | None) -> Iterator[Publishing]:
    """Over a dataset's operational database. Raises SetupError when something that must be there is not."""
    settings = read_settings(ServingSettings)
    place = Place.find(descriptor_file, var)
    schema = load_schema(place.workspace)
    maker = EngineMaker(schema, policy_of(settings), place.descriptor.languages)
    with open_database(database_url(settings, place.workspace)) as database:
        clock = clock_of(settings.clock_start, database)
        descriptor = place.descriptor

        def faults(folder: Path) -> Sequence[Fault]:
            return faults_of(folder, descriptor, people_of(place.workspace))

        zone = ZoneInfo(schema.zone)
        yield Publishing(database, clock, maker.catalogue, descriptor.catalogue_folder, zone, faults, account)


def account() -> str:
    """The operating system's name for whoever runs this process; its number where it has no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _refuse(faults: Sequence[Fault], folder: Path) -> None:
    if faults:
        more = f" (and {len(faults) - 1} more faults)" if len(faults) > 1 else ""
        raise CatalogueError(f"{faults[0]}{more}", mend=f"mend what `herald catalogue check {folder}` finds")


def _one(candidates: Sequence[Publication], beginning: str, what: str) -> Publication:
    found = [each for each in candidates if beginning and each.version.startswith(beginning.lower())]
    versions = {each.version for each in found}
    if not versions:
        raise PublicationError(f"no {what} begins with {beginning!r}", mend=_SEE)
    if len(versions) > 1:
        raise PublicationError(f"more than one version begins with {beginning!r}", mend="give more of it")
    return max(found, key=lambda each: each.rank)


def _same(draft: Publication, since: datetime, signature: Signature, note: str) -> bool:
    drafted = draft.drafted
    return (
        drafted is not None and drafted.name == signature.name and draft.in_force_from == since and draft.note == note
    )

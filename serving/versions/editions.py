"""Catalogues by version out of the operational database, each read once, with its words for the API."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

from recommender.catalogue import Catalogue
from recommender.errors import CatalogueError, NotFoundError
from recommender.identifiers import CatalogueVersion
from serving.bodies.words import Words
from serving.database.catalogues import get_catalogue
from serving.database.connect import Database

log = logging.getLogger("herald.catalogue")

KEPT = 16
"""Versions kept in memory: those in use, and those that auditors or old notifications asked for lately."""

ReadCatalogue = Callable[[CatalogueVersion, bytes], Catalogue]
"""The catalogue of a stored content, its rules compiled once to see that they can be. Raises CatalogueError."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of the catalogue, and its words."""

    catalogue: Catalogue
    words: Words


class Editions:
    """Reads versions; what was read is kept. Used by many threads."""

    def __init__(self, database: Database, read: ReadCatalogue, languages: Sequence[str]) -> None:
        self._database = database
        self._read = read
        self._languages = tuple(languages)
        self._kept: dict[CatalogueVersion, Edition] = {}
        self._keeping = Lock()

    def find(self, version: CatalogueVersion) -> Edition | None:
        """None when that version is lost or damaged: a receipt can be read without it, if not in words."""
        try:
            return self.get(version)
        except (NotFoundError, CatalogueError) as error:
            log.error("catalogue_of_receipt_missing", extra={"version": version, "reason": str(error)})
            return None

    def get(self, version: CatalogueVersion) -> Edition:
        """Raises NotFoundError when the version is not on record, CatalogueError when it cannot be read."""
        found = self._kept.get(version)
        if found is None:
            with self._database.read() as conn:
                content = get_catalogue(conn, version)
            catalogue = self._read(version, content)
            found = Edition(catalogue, Words(catalogue, self._languages))
            with self._keeping:
                while len(self._kept) >= KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[version] = found
        return found

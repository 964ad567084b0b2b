"""Follows the publications in the database: which version of the catalogue is in force, and which ones are coming."""

import logging
from collections.abc import Callable, Sequence

from recommender import publication as law
from recommender.adapters.yaml_catalogue import version_of
from recommender.clock import Clock
from recommender.errors import CatalogueError, HeraldError, WorkspaceError
from recommender.identifiers import CatalogueVersion, ServiceId
from recommender.publication import Publication
from recommender.stops import NO_AUTHORITY
from serving.database import catalogues, publications
from serving.database.connect import Database
from serving.metrics import Metrics
from serving.versions.editions import Edition, Editions
from serving.versions.engines import Engines, Stage, place_at

log = logging.getLogger("herald.catalogue")


class InForce:
    """Holds the stages: the version in force, and those approved for later. Readers ask by the clock's own time."""

    def __init__(
        self, database: Database, editions: Editions, engines: Engines, clock: Clock, metrics: Metrics
    ) -> None:
        self._database = database
        self._editions = editions
        self._engines = engines
        self._clock = clock
        self._metrics = metrics
        self._every: Sequence[Publication] | None = None
        self._stages: tuple[Stage, ...] = ()
        self._told: CatalogueVersion | None = None
        self._homes: dict[ServiceId, CatalogueVersion | None] = {}
        self.trouble = ""

    @property
    def edition(self) -> Edition:
        """The version in force now."""
        return self._editions.get(self._stages[place_at(self._stages, self._clock.now())].catalogue.version)

    def begin(self, folder: Callable[[], bytes], *, development: bool) -> None:
        """Take up what is in force; without any publication that is the content of the descriptor's folder.

        folder      : gives that content, or raises CatalogueError or DescriptorError.
        development : whether a folder that changed is taken without a publication.
        Raises CatalogueError when nothing that is in force can be read.
        """
        with self._database.read() as conn:
            now = law.in_force(publications.list_all(conn), self._clock.now())
        if now is None:
            self._take_folder(folder())
        else:
            self._compare(now, folder, development=development)
        self.step()
        if not self._stages:
            raise CatalogueError(self.trouble, mend="see `herald catalogue versions`")

    def step(self) -> bool:
        """Look once; False, because there is nothing more to do until the next look. Raises WorkspaceError."""
        with self._database.read() as conn:
            every = publications.list_all(conn)
        if every != self._every:
            self._follow(every)
            self._every = every
            self._homes = {}
        self._tell()
        return False

    def service(self, service_id: ServiceId, language: str | None) -> dict[str, object]:
        """A public service's words: by the version in force, else by the last one that had it; else only its id."""
        words = self.edition.words
        if words.has(service_id):
            return words.service(service_id, language)
        if service_id not in self._homes:
            self._homes[service_id] = self._home(service_id)
        home = self._homes[service_id]
        return (words if home is None else self._editions.get(home).words).service(service_id, language)

    def edition_with(self, service_id: ServiceId) -> Edition | None:
        """The version in force if it has the public service, else the last one that had it; None when none has."""
        if self.edition.words.has(service_id):
            return self.edition
        self.service(service_id, None)
        home = self._homes[service_id]
        return None if home is None else self._editions.get(home)

    def authority_of(self, service_id: ServiceId) -> str:
        """The id of a service's authority; "" where the version in force no longer has the service."""
        service = self.edition.catalogue.by_id.get(service_id)
        return "" if service is None else service.authority_id or NO_AUTHORITY

    def _follow(self, every: Sequence[Publication]) -> None:
        now = self._clock.now()
        refused: list[str] = []
        begun = sorted((p for p in every if p.counts and p.in_force_from <= now), key=lambda p: p.rank, reverse=True)
        stages: list[Stage] = []
        for one in begun:
            stage = self._stage(one, refused)
            if stage is not None:
                stages.append(stage)
                break
        if not stages and self._stages:  # nothing that counts can be read: what is in use is better than nothing
            stages.append(self._stages[place_at(self._stages, now)])
        coming = [self._stage(one, refused) for one in law.upcoming(every, now)] if stages else []
        stages += [stage for stage in coming if stage is not None]
        self.trouble = "; ".join(refused)
        if stages and tuple(stages) != self._stages:
            self._engines.take_stages(tuple(stages))
            self._stages = tuple(stages)
            for stage in stages[1:]:
                log.info("catalogue_scheduled", extra=_about(stage))

    def _stage(self, one: Publication, refused: list[str]) -> Stage | None:
        try:
            return Stage(one.in_force_from, self._editions.get(one.version).catalogue)
        except WorkspaceError:
            raise  # the database is away, which says nothing of the catalogue: the next look asks again
        except Exception as error:
            refused.append(f"version {one.version[:12]}: {' '.join(str(error).split())[:200]}")
            self._metrics.catalogue_refused.inc()
            about = {"version": one.version, "reason": str(error)}
            log.error("catalogue_refused", extra=about, exc_info=not isinstance(error, HeraldError))
            return None

    def _tell(self) -> None:
        if not self._stages:
            return
        stage = self._stages[place_at(self._stages, self._clock.now())]
        if stage.catalogue.version != self._told:
            self._told = stage.catalogue.version
            self._metrics.catalogue.clear()
            self._metrics.catalogue.labels(self._told).set(1)
            log.info("catalogue_taken_up", extra=_about(stage))

    def _take_folder(self, content: bytes) -> None:
        version = version_of(content)
        with self._database.write() as conn:
            publications.alone(conn)
            now = law.in_force(publications.list_all(conn), self._clock.now())
            if now is None or (now.drafted is None and now.version != version):  # another server may have been first
                catalogues.put_catalogue(conn, version, content, self._clock.now())
                publications.from_descriptor(conn, version, self._clock.now())

    def _compare(self, now: Publication, folder: Callable[[], bytes], *, development: bool) -> None:
        """A folder that says something else than what is in force is taken in development, else only told of."""
        try:
            content = folder()
        except HeraldError as error:
            log.warning("descriptor_catalogue_unreadable", extra={"reason": str(error)})
            return
        if version_of(content) == now.version:
            return
        if development and now.drafted is None:
            self._take_folder(content)
            return
        about = {"in_force": now.version, "folder": version_of(content), "mend": "herald catalogue publish"}
        log.warning("descriptor_catalogue_not_in_force", extra=about)

    def _home(self, service_id: ServiceId) -> CatalogueVersion | None:
        """The last version that had a public service; None when none that can be read has it."""
        for one in sorted(self._every or (), key=lambda p: p.rank, reverse=True):
            try:
                if not one.waits and self._editions.get(one.version).words.has(service_id):
                    return one.version
            except HeraldError:
                continue
        return None


def _about(stage: Stage) -> dict[str, str]:
    return {"version": stage.catalogue.version, "in_force_from": stage.since.isoformat()}

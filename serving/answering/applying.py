"""Applications: reported by portals, shown to the citizen, asked after once, counted against the rules that told."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from recommender.applications import Application, Report, application
from recommender.catalogue import Texts
from recommender.clock import Clock
from recommender.errors import CatalogueError, InvalidFactError, NotFoundError
from recommender.facts import UseChange
from recommender.identifiers import CatalogueVersion, CitizenId, ServiceId
from recommender.instants import from_us, local_day, to_us
from recommender.reasons import choose
from serving.bodies.words import Words
from serving.database import applications
from serving.database.applications import Push
from serving.database.connect import Connection, Database
from serving.versions.editions import Editions

log = logging.getLogger("herald.applications")

SMALLEST_CELL = 10

STAGES: Mapping[UseChange | None, Texts] = {
    None: {"en": "You said that you did nothing about it.", "zh": "您表示未办理。"},
    UseChange.STARTED: {"en": "The application was started.", "zh": "已开始申请。"},
    UseChange.SUBMITTED: {"en": "The application was submitted.", "zh": "已提交申请。"},
    UseChange.GRANTED: {"en": "It was granted.", "zh": "已批准。"},
    UseChange.REFUSED: {"en": "It was refused.", "zh": "未获批准。"},
    UseChange.ENDED: {"en": "It ended.", "zh": "已终止。"},
}
_QUESTION: Texts = {
    "en": "You were told of this service a while ago. What became of it?",
    "zh": "此前曾告知您这项服务，后来办理得怎样？",
}


class Said(NamedTuple):
    """A report, and the portal that passed it on."""

    report: Report
    portal: str


@dataclass(frozen=True, slots=True)
class Applying:
    """Takes reports and tells where applications stand.

    days : after a push of which nothing was heard, the citizen is asked once what became of it.
    """

    database: Database
    clock: Clock
    editions: Editions
    words: Callable[[], Words]
    service: Callable[[ServiceId, str | None], Mapping[str, object]]
    zone: str
    days: int

    def report(self, citizen_id: CitizenId, service_id: ServiceId, said: Said) -> None:
        """Record what became of an application. Raises NotFoundError for a service that nobody knows.

        Reports come in any order and more than once; what they add up to is `recommender.applications`.
        """
        with self.database.write() as conn:
            known = self.words().has(service_id)
            if not known and applications.push_before(conn, citizen_id, service_id, to_us(self.clock.now())) is None:
                raise NotFoundError("no such public service is in the catalogue", mend="GET /v1/services lists them")
            self.report_in(conn, citizen_id, service_id, said)

    def report_in(self, conn: Connection, citizen_id: CitizenId, service_id: ServiceId, said: Said) -> None:
        """The same, in the caller's transaction. Raises InvalidFactError for a report from the future."""
        now = self.clock.now()
        if said.report.happened_us > to_us(now):
            raise InvalidFactError("it would happen in the future", mend="report it when it has happened")
        push = applications.push_before(conn, citizen_id, service_id, said.report.happened_us)
        criteria = None if push is None else self._criteria(push, service_id)
        applications.add_report(conn, (citizen_id, service_id), said.report, (said.portal, now), push, criteria)

    def shown(self, citizen_id: CitizenId, language: str | None) -> dict[str, Any]:
        """The citizen's applications, and what they are asked about, ready for JSON."""
        since_us = to_us(self.clock.now() - timedelta(days=self.days))
        with self.database.read() as conn:
            reports = applications.reports_of(conn, citizen_id)
            silent = applications.unanswered(conn, citizen_id, since_us) if self.days else None
        spoken = self.words().language(language)
        stand = {service_id: application(found) for service_id, found in reports.items()}
        return {
            "applications": [
                self._json(service_id, found, language, spoken)
                for service_id, found in stand.items()
                if found is not None
            ],
            "question": None
            if silent is None
            else {"service": self.service(silent, language), "words": choose(_QUESTION, spoken)},
        }

    def false_alarms(self) -> list[dict[str, Any]]:
        """Refusals after a push by the version of the conditions; numbers under 10 are hidden, ready for JSON."""
        with self.database.read() as conn:
            found = applications.fared(conn)
        return [
            {
                "service_id": each.service_id,
                "catalogue_version": each.catalogue,
                "criteria": each.criteria,
                "decided": _cell(each.decided),
                "refused": None if _cell(each.decided) is None else _both(each.refused, each.decided - each.refused),
            }
            for each in found
        ]

    def _json(self, service_id: ServiceId, found: Application, language: str | None, spoken: str) -> dict[str, Any]:
        last = found.path[-1] if found.path else None
        return {
            "service": self.service(service_id, language),
            "stage": "nothing_done" if found.stage is None else found.stage.value,
            "words": choose(STAGES[found.stage], spoken),
            "since": None if last is None else from_us(last.happened_us).isoformat(),
            "reason": "" if last is None else last.reason,
            "proxy": found.proxy,
            "path": [
                {"stage": each.stage.value, "at": from_us(each.happened_us).isoformat(), "reason": each.reason}
                for each in found.path
                if each.stage is not None
            ],
        }

    def _criteria(self, push: Push, service_id: ServiceId) -> str | None:
        """A digest of the conditions that were law when it was told: equal in two versions that did not touch them."""
        if push.catalogue is None:
            return None
        try:
            service = self.editions.get(CatalogueVersion(push.catalogue)).catalogue.by_id.get(service_id)
        except (NotFoundError, CatalogueError) as error:
            log.error("catalogue_of_push_missing", extra={"version": push.catalogue, "reason": str(error)})
            return None
        if service is None:
            return None
        day = local_day(from_us(push.created_us), self.zone)
        law = [f"{each.criterion_id}\n{each.text}" for each in service.criteria_at(day)]
        return hashlib.sha256("\n\n".join(law).encode()).hexdigest()[:16]


def _cell(number: int) -> int | None:
    return None if number < SMALLEST_CELL else number


def _both(one: int, other: int) -> int | None:
    """A number that neither it nor what is left of the whole gives anybody away by."""
    return None if 0 < one < SMALLEST_CELL or 0 < other < SMALLEST_CELL else one

"""What a template is given: a notice's cause, services and terms, each made harmless, in one language."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from recommender.catalogue import Catalogue, PublicService, Texts
from recommender.errors import CatalogueError
from recommender.identifiers import ServiceId
from recommender.reasons import Wording, because, day_words, pick
from recommender.service_terms import Sensitivity
from serving.messages.notice import Notice
from serving.messages.plain import harmless
from serving.versions.editions import Edition

EditionWith = Callable[[ServiceId], Edition | None]
"""The catalogue to word a public service by: that in force, else the last one that had it; None: none is known."""

_GRAVITY = tuple(Sensitivity)


class Contents:
    """A notice's public services, found in the catalogue; words come by language.

    Raises CatalogueError when no catalogue knows any of them: a message about nothing is not sent.
    """

    def __init__(self, notice: Notice, edition_with: EditionWith, wording: Wording) -> None:
        self._notice = notice
        self._found: list[tuple[PublicService, Edition]] = []
        for service_id in notice.service_ids:
            edition = edition_with(service_id)
            if edition is not None:
                self._found.append((edition.catalogue.by_id[service_id], edition))
        if not self._found:
            raise CatalogueError(
                f"no catalogue knows a service of notification {notice.notification_id}",
                mend="publish a version of the catalogue that has it, or recall the notification",
            )
        self._wording = self._found[0][1].words.wording(wording)

    @property
    def sensitivity(self) -> Sensitivity:
        """The gravest class of its services."""
        return max((service.sensitivity for service, _ in self._found), key=_GRAVITY.index)

    def values(self, language: str) -> dict[str, Any]:
        """Cause, services, deadline and day told, as texts on one line each."""
        notice, zone = self._notice, self._wording.zone
        services = [_service(service, edition.catalogue, language) for service, edition in self._found]
        deadline = notice.deadline
        return {
            "because": harmless(because(notice.cause, language, self._wording)),
            "services": services,
            "named": services[0]["name"],
            "decides": services[0]["authority"],
            "more": len(services) - 1,
            "deadline": "" if deadline is None else day_words(deadline, language, zone),
            "told_on": day_words(notice.told_at or notice.created_at, language, zone),
        }

    def payload(self, language: str) -> list[dict[str, Any]]:
        """The services for a program: identifiers, and names and authorities as they are written."""
        return [
            {
                "service_id": service.service_id,
                "name": pick(service.name, language, edition.catalogue.languages)[0],
                "authority": pick(service.authority, language, edition.catalogue.languages)[0],
            }
            for service, edition in self._found
        ]

    def because(self, language: str) -> str:
        """The recorded fact in words, as the inbox says it."""
        return because(self._notice.cause, language, self._wording)


def _service(service: PublicService, catalogue: Catalogue, language: str) -> Mapping[str, Any]:
    bring = [each.name for each in service.evidence if each.held_by is None]
    return {
        "name": _said(service.name, language, catalogue.languages) or service.service_id,
        "description": _said(service.description, language, catalogue.languages),
        "authority": _said(service.authority, language, catalogue.languages),
        "bring": [_said(name, language, catalogue.languages) for name in bring],
    }


def _said(texts: Texts, language: str, languages: Sequence[str]) -> str:
    """A text made harmless; one in another language than the message's is marked with its own."""
    text, spoken = pick(texts, language, languages)
    clean = harmless(text)
    strange = spoken.split("-")[0] != language.split("-")[0]
    return f"{clean} [{spoken}]" if clean and strange else clean

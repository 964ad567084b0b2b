"""The catalogue in the caller's language; a text in another language than the one asked for is marked."""

from collections.abc import Mapping
from dataclasses import replace

from recommender.catalogue import Catalogue, PublicService
from recommender.identifiers import ServiceId
from recommender.reasons import Wording, event_words, pick


class Words:
    """Public services as the API shows them, made once for each language asked for.

    languages : the descriptor's, first is the fallback. One that it does not name shares the fallback's entry, so that
                callers cannot fill the memory by inventing languages.
    """

    def __init__(self, catalogue: Catalogue, languages: tuple[str, ...]) -> None:
        self._catalogue = catalogue
        self._languages = languages or ("en",)
        self._made: dict[str, Mapping[ServiceId, dict[str, object]]] = {}
        self._events = event_words(catalogue)

    @property
    def fallback(self) -> str:
        return self._languages[0]

    def wording(self, usual: Wording) -> Wording:
        """How reasons are worded with this catalogue: life events are called what it calls them."""
        return replace(usual, event_words=self._events)

    def language(self, asked: str | None) -> str:
        """The language to answer in: the one asked for, if the descriptor knows it or its base; else the fallback."""
        if not asked:
            return self.fallback
        return next((tag for tag in (asked, asked.split("-")[0]) if tag in self._languages), self.fallback)

    def services(self, asked: str | None) -> Mapping[ServiceId, dict[str, object]]:
        """Every public service by id, ready for JSON."""
        language = self.language(asked)
        strange = bool(asked) and language not in (asked, (asked or "").split("-")[0])
        key = f"{language}*" if strange else language
        if key not in self._made:
            shown = {s.service_id: self._shown(s, language, strange) for s in self._catalogue.services}
            self._made[key] = shown
        return self._made[key]

    def has(self, service_id: ServiceId) -> bool:
        """Whether the catalogue has the public service."""
        return service_id in self._catalogue.by_id

    def service(self, service_id: ServiceId, asked: str | None) -> dict[str, object]:
        """One public service; of one that left the catalogue since, only the id."""
        found = self.services(asked).get(service_id)
        if found is not None:
            return found
        gone = dict.fromkeys(("name", "description", "authority", "apply_url"), "")
        return {"service_id": service_id, **gone, "language": self.language(asked), "language_fallback": False}

    def _shown(self, service: PublicService, language: str, strange: bool) -> dict[str, object]:
        name, spoken = pick(service.name, language, self._languages)
        return {
            "service_id": service.service_id,
            "name": name,
            "description": pick(service.description, language, self._languages)[0],
            "authority": pick(service.authority, language, self._languages)[0],
            "apply_url": service.apply_url,
            "language": spoken,
            "language_fallback": strange or spoken != language,
        }

"""The United States' benefits to a catalogue's forms: life events, criteria and languages of each; faults told."""

import re
from collections import Counter
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recommender.adapters.asked import PREFIX, asked_rule, criterion_of, unsaid, yes_or_no
from recommender.adapters.importing import Faults, Imported, check_values, identifier, written_of
from recommender.adapters.usagov_criteria import Condition, Conditions
from recommender.adapters.usagov_files import Benefit, Folder, read_folder, read_texts
from recommender.adapters.usagov_mapping import Mapping, read_mapping
from recommender.adapters.usagov_texts import Texts, Words
from recommender.adapters.yaml_forms import CriterionForm, ServiceForm, SharedForm, SourceForm
from recommender.errors import CatalogueError

_LINK = re.compile(r"https?://[^\s/]+\.[^\s]+")
ASSUMED = (
    "usage, and how long a life event calls for a benefit: as the mapping says",
    "need: the benefit's own id",
    "legal source: no act is named; the agency is, with its page",
    "tags, headlines and the order of the pages' questions are not carried over",
)


def import_folder(folder: Path, *, mapping: Path | None = None, texts: Path | None = None) -> Imported:
    """The catalogue of the folder, and every fault of it.

    mapping : a table of one's own instead of `usagov_mapping.yaml`.
    texts   : a folder laid out as the source's `locales`, for texts that the source lacks.

    Raises CatalogueError when the folder or the mapping cannot be read.
    """
    table, faults = read_mapping(mapping), Faults()
    read = read_folder(folder, table.languages, faults)
    supplement = {language: read_texts(texts / language, faults) for language in table.languages} if texts else {}
    reader = _Reader(read, table, faults, Texts(read, faults, supplement))
    reader.read()
    written = written_of(reader.forms.values(), reader.shared())
    check_values(written)
    return Imported(
        str(folder),
        written,
        tuple(faults.told),
        {service_id: file for service_id, file in reader.origin.items() if service_id in reader.forms},
        reader.left_out,
        frozenset(reader.asked),
        ASSUMED,
    )


@dataclass
class _Reader:
    folder: Folder
    mapping: Mapping
    faults: Faults
    texts: Texts
    forms: dict[str, ServiceForm] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    asked: set[tuple[str, str]] = field(default_factory=set)
    _authorities: dict[str, Words] = field(default_factory=dict)
    _events: dict[str, Words] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._conditions = Conditions(self.folder, self.texts, self.mapping, self.faults)
        self._spelt = _events_of(self.folder, self.mapping)
        self._agencies = _spellings(self.folder, self.mapping.languages)

    def read(self) -> None:
        self.left_out |= self.folder.unread
        self.texts.missing_files()
        for benefit in self.folder.benefits:
            service_id = identifier(benefit.name, self.origin)
            self.origin[service_id] = benefit.file
            try:
                self.forms[service_id] = ServiceForm.model_validate(self._service(benefit, service_id))
            except ValidationError as error:
                first = error.errors()[0]
                self.left_out[benefit.file] = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            except CatalogueError as error:
                self.left_out[benefit.file] = error.message

    def shared(self) -> SharedForm:
        return SharedForm.model_validate(
            {
                "languages": self.mapping.languages,
                "authorities": {key: {"name": words} for key, words in self._authorities.items()},
                "life_events": {event: words for event, words in self._events.items() if words},
                "questions": self._conditions.questions,
            }
        )

    def _service(self, benefit: Benefit, service_id: str) -> dict[str, Any]:
        front, where = benefit.front, benefit.file
        told = front.get("source")
        source: dict[str, Any] = told if isinstance(told, dict) else {}
        name, summary = self.texts.words(front.get("title"), where), self.texts.words(front.get("summary"), where)
        if not name or not summary:
            raise CatalogueError("has no " + ("title" if not name else "summary") + " in any language")
        more = self.texts.words(front["criticalApplicationInformation"], where) if _says_more(front) else {}
        description = {tag: " ".join(filter(None, (text, more.get(tag)))) for tag, text in summary.items()}
        authority_id, agency = self._authority(source, where)
        links = self._links(source, where)
        link = next(iter(links.values()), "")
        law = SourceForm(act=f"No act is named; {agency} decides", link=link)
        return {
            "id": service_id,
            "name": name,
            "description": description,
            "authority": authority_id,
            "need": service_id,
            "answers": self._answers(front.get("lifeEvents"), where),
            "usage": self.mapping.usage,
            "criteria": self._criteria(front.get("eligibility"), service_id, where, law),
            "apply_url": link,
            "channels": [{"kind": "web", "address": self._address(links), "can": ["ask", "apply"]}] if links else [],
        }

    def _criteria(self, entries: Any, service_id: str, where: str, law: SourceForm) -> list[CriterionForm]:
        """Every criterion must hold. A benefit without any has one that only an answer can settle."""
        forms: list[CriterionForm] = []
        read = [(_key(entry), self._conditions.read(entry, where)) for entry in _listed(entries)]
        covered = {key for _, condition in read if condition for key in condition.covers}
        for key, found in read:
            if key in covered:
                what = f"{key} is listed besides, though another text makes it one of two ways"
                self.faults.tell("criterion-covered", where, what, "left out")
                continue
            condition = found or self._unsaid(service_id)
            criterion_id = identifier(key or "conditions", [form.id for form in forms])
            forms.append(criterion_of(criterion_id, condition.rule, condition.words, law))
            if condition.asked:
                self.asked.add((service_id, criterion_id))
        if not forms:
            self.faults.tell("no-condition", where, "names no criterion at all", "one that only an answer can settle")
            condition = self._unsaid(service_id)
            forms.append(criterion_of("conditions", condition.rule, condition.words, law))
            self.asked.add((service_id, "conditions"))
        return forms

    def _unsaid(self, service_id: str) -> Condition:
        attribute = f"{PREFIX}{service_id}_conditions"
        words = unsaid("conditions", self.mapping.languages)
        self._conditions.questions.setdefault(attribute, yes_or_no(words))
        return Condition(asked_rule(attribute), words, True)

    def _answers(self, events: Any, where: str) -> list[dict[str, str]]:
        answers = {}
        for told in _listed(events):
            name = self.mapping.life_events.get(str(told), str(told))
            event = identifier(name)
            name = self._spelt[event]
            if name != str(told):
                self.faults.tell("life-event", where, f"{str(told)!r} is {name!r} elsewhere", f"read as {name!r}")
            if event not in self._events:
                self._events[event] = self.texts.words(f"{name}.title", f"life event {name}")
            answers[event] = {"event": event, "within": self.mapping.within}
        if not answers:
            self.faults.tell("no-life-event", where, "names no life event", "it is found by its rules alone")
        return list(answers.values())

    def _authority(self, source: Table[str, Any], where: str) -> tuple[str, str]:
        """The agency's id and its name in the first language."""
        first = self.mapping.languages[0]
        told = self.texts.plain(source.get("name"), first)
        known = self._agencies.get(told, {})
        words = self.texts.words(source.get("name"), where, instead=known)
        if not words:
            raise CatalogueError("names no agency that decides on it")
        for language, text in words.items():
            if language != first and language in known and text != known[language]:
                what = f"{told!r} is {text!r} here and {known[language]!r} elsewhere ({language})"
                self.faults.tell("agency-spelling", where, what, "the more frequent is taken")
        authority_id = identifier(told or next(iter(words.values())))
        self._authorities.setdefault(authority_id, words | known)
        return authority_id, told or next(iter(words.values()))

    def _links(self, source: Table[str, Any], where: str) -> Words:
        links = self.texts.words(source.get("link"), where) if source.get("link") else {}
        for language, link in links.items():
            if not _LINK.fullmatch(link):
                self.faults.tell("link", where, f"{link[:80]!r} ({language}) is no web address", "left out")
        return {language: link for language, link in links.items() if _LINK.fullmatch(link)}

    def _address(self, links: Words) -> str | Words:
        """One page for everybody, unless each language has one of its own."""
        own = len(links) == len(self.mapping.languages) and len(set(links.values())) > 1
        return links if own else next(iter(links.values()))


def _events_of(folder: Folder, mapping: Mapping) -> dict[str, str]:
    """Each life event's most frequent spelling: `a_b` and `a-b` are one event."""
    told = [str(event) for benefit in folder.benefits for event in _listed(benefit.front.get("lifeEvents"))]
    counted = Counter(mapping.life_events.get(event, event) for event in told)
    found: dict[str, str] = {}
    for spelling, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
        found.setdefault(identifier(spelling), spelling)
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _key(entry: Any) -> str:
    return str(entry.get("criteriaKey") or "") if isinstance(entry, dict) else ""


def _says_more(front: Table[str, Any]) -> bool:
    return bool(front.get("criticalApplicationInformation"))


def _spellings(folder: Folder, languages: list[str]) -> dict[str, Words]:
    """Each agency's name in the first language, and its most frequent one in each: some are spelt in several ways."""
    keys = [b.front["source"].get("name") for b in folder.benefits if isinstance(b.front.get("source"), dict)]
    found: dict[str, dict[str, Counter[str]]] = {}
    for key in map(str, keys):
        first = folder.texts[languages[0]].get(key, "")
        for language in languages:
            text = folder.texts[language].get(key, "")
            if first and text:
                found.setdefault(first, {}).setdefault(language, Counter())[text] += 1
    return {
        first: {language: min(counted, key=lambda text: (-counted[text], text)) for language, counted in by.items()}
        for first, by in found.items()
    }

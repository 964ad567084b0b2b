"""What comes out of an import, whatever it was read from: the catalogue's forms, and every fault with what was done."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recommender.adapters.form_values import service_of
from recommender.adapters.yaml_catalogue import Written
from recommender.adapters.yaml_forms import ServiceForm, SharedForm
from recommender.errors import CatalogueError

LONGEST = 20_000
"""Characters in one text; more is no text for a citizen."""
_ID_LENGTH = 80
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that make the text after them run the other way: nobody sees them, and they let a text show another one."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,199}")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that the source says wrongly, doubtfully or not at all.

    kind : a word that faults are counted by.   where : file, key or subject.   done : what the import made of it.
    """

    kind: str
    where: str
    what: str
    done: str


@dataclass(slots=True)
class Faults:
    """Collects faults while a source is read; the same one is kept once."""

    told: dict[Fault, None] = field(default_factory=dict)

    def tell(self, kind: str, where: str, what: str, done: str) -> None:
        self.told[Fault(kind, where, what, done)] = None


@dataclass(frozen=True, slots=True)
class Imported:
    """A catalogue ready to be written, and the account of how it came about.

    origin   : where each service came from, by its id.
    left_out : services of the source that could not come in, with the reason.
    asked    : (service, criterion) whose result only an answer can settle.
    assumed  : what the source does not say and every service was given.
    """

    source: str
    written: Written
    faults: tuple[Fault, ...]
    origin: Mapping[str, str]
    left_out: Mapping[str, str]
    asked: frozenset[tuple[str, str]]
    assumed: tuple[str, ...] = ()

    def counts(self) -> dict[str, int]:
        """How much came in."""
        forms = [form for _, form in self.written.services]
        criteria = [(form.id, criterion.id) for form in forms for criterion in form.criteria]
        shared = self.written.shared
        return {
            "services": len(forms),
            "left out": len(self.left_out),
            "life events": len({answer.event for form in forms for answer in form.answers if answer.event}),
            "authorities": len(shared.authorities),
            "criteria": len(criteria),
            "criteria as rules over registers": len(criteria) - len(self.asked),
            "criteria only an answer can settle": len(self.asked),
            "questions": len(shared.questions),
            "faults": len(self.faults),
        }

    def languages(self) -> dict[str, int]:
        """Services by language: in how many every text of their own is there."""
        return dict(Counter(language for _, form in self.written.services for language in spoken(form)))

    def report(self) -> str:
        """The account as JSON, faults by kind in the order in which they were met."""
        kinds: dict[str, list[dict[str, str]]] = {}
        for fault in self.faults:
            kinds.setdefault(fault.kind, []).append({"where": fault.where, "what": fault.what, "done": fault.done})
        told: dict[str, Any] = {
            "source": self.source,
            "catalogue_version": self.written.version(),
            "imported": self.counts(),
            "languages": self.languages(),
            "assumed": list(self.assumed),
            "left_out": dict(self.left_out),
            "faults": kinds,
            "origin": dict(self.origin),
            "asked": {form.id: self._asked_of(form) for _, form in self.written.services},
        }
        return json.dumps(told, ensure_ascii=False, indent=2) + "\n"

    def _asked_of(self, form: ServiceForm) -> list[str]:
        return [criterion.id for criterion in form.criteria if (form.id, criterion.id) in self.asked]


def written_of(services: Iterable[ServiceForm], shared: SharedForm) -> Written:
    """The forms in the order of their ids, each with the file that will hold it."""
    return Written(tuple((Path(f"{form.id}.yaml"), form) for form in sorted(services, key=lambda f: f.id)), shared)


def check_values(written: Written) -> None:
    """Raise CatalogueError when a form is sound but means nothing: a rule that no reader can read."""
    for file, form in written.services:
        try:
            service_of(form, written.shared)
        except CatalogueError as error:
            raise CatalogueError(f"{file.stem}: {error.message}", mend=error.mend) from error


def spoken(form: ServiceForm) -> set[str]:
    """The languages in which the service has its name, description and every criterion's words."""
    texts = [form.name, form.description]
    texts += [words for criterion in form.criteria for words in (criterion.met, criterion.unmet, criterion.unknown)]
    return set.intersection(*(set(words) for words in texts))


def identifier(text: str, taken: Iterable[str] = (), *, fallback: str = "x") -> str:
    """A name as Herald writes names (a-z, 0-9, _), not among those taken; one that is such a name stays as it is."""
    used = set(taken)
    if _NAME.fullmatch(text) and text not in used:
        return text
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", bare).strip("_")[:_ID_LENGTH].strip("_") or fallback
    number, free = 2, name
    while free in used:
        free, number = f"{name[: _ID_LENGTH - 6]}_{number}", number + 1
    return free


def readable(text: str) -> str:
    """A text in one line without signs that nobody sees; empty where nothing is left."""
    seen = "".join(
        " " if unicodedata.category(sign) in ("Cc", "Zl", "Zp", "Cs") else sign for sign in text if sign not in _TURNING
    )
    return " ".join(seen.split())

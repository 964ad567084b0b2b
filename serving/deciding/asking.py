"""Asks a citizen the one question that would settle most, and takes the answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from recommender.catalogue import Catalogue
from recommender.clock import Clock
from recommender.decision import Decision, Status
from recommender.errors import InvalidFactError
from recommender.expressions import Law
from recommender.facts import Knowledge
from recommender.identifiers import CatalogueVersion, CitizenId
from recommender.instants import local_day
from recommender.questions import Questions
from recommender.reasons import pick
from serving.bodies.requests import AnswerIn
from serving.bodies.values import value_of
from serving.database.answers import put_answer
from serving.database.connect import Database
from serving.versions.editions import Edition

_PLAIN = {"en": "What should be recorded as your {name}?", "zh": "请告知您的“{name}”。"}
"""For an attribute that no authority wrote a question for."""


@dataclass
class Asking:
    """Questions and answers.

    kinds  : attributes that may be answered, derived ones too, with their kinds (number, boolean, category, time).
    hidden : attributes that may be asked only in words that an authority wrote.
    """

    database: Database
    clock: Clock
    kinds: Mapping[str, str]
    hidden: frozenset[str]
    zone: str
    _compiled: dict[tuple[CatalogueVersion, date], Questions] = field(default_factory=dict)

    def question(
        self, decision: Decision, knowledge: Knowledge, edition: Edition, language: str | None
    ) -> dict[str, Any] | None:
        """The best question about a decision, ready for JSON; None when there is none worth asking."""
        if not any(c.status is Status.UNKNOWN and c.rank is not None for c in decision.candidates):
            return None
        day = local_day(decision.request.at, self.zone)
        best = self._questions(edition.catalogue, day).best(knowledge, decision.candidates)
        if best is None:
            return None
        return {
            **self._worded(edition, best.attribute, language),
            "value": round(best.value, 4),
            "services": list(best.services),
        }

    def answer(self, citizen_id: CitizenId, body: AnswerIn, catalogue: Catalogue) -> None:
        """Record what the citizen told. Raises InvalidFactError for what nobody asks, or of another kind."""
        kind = self._kind(body.attribute, catalogue)
        if kind is None:
            raise InvalidFactError(
                f"nobody asks for {json.dumps(body.attribute)}", mend="answer the question of GET recommendations"
            )
        value = None if body.value is None else value_of(body.attribute, kind, body.value, self.zone)
        question = catalogue.questions.get(body.attribute)
        if value is not None and question is not None and question.choices and value not in question.choices:
            raise InvalidFactError(
                f"{json.dumps(value)} is not among the choices", mend=f"choose from {', '.join(question.choices)}"
            )
        with self.database.write() as conn:
            put_answer(conn, citizen_id, body.attribute, value, self.clock.now())

    def _kind(self, attribute: str, catalogue: Catalogue) -> str | None:
        """What kind of answer an attribute takes; None: it may not be asked for."""
        question = catalogue.questions.get(attribute)
        if question is None:
            return None if attribute in self.hidden else self.kinds.get(attribute)
        return self.kinds.get(attribute) or ("category" if question.choices else "boolean")

    def _questions(self, catalogue: Catalogue, day: date) -> Questions:
        key = catalogue.version, day
        found = self._compiled.get(key)
        if found is None:
            law = Law(self.zone, day, catalogue.parameters)
            may_ask = {name for name in (*self.kinds, *catalogue.questions) if self._kind(name, catalogue)}
            found = Questions.compile(catalogue, law, may_ask)
            self._compiled = {key: found}  # of yesterday or of a former version nobody asks any more
        return found

    def _worded(self, edition: Edition, attribute: str, language: str | None) -> dict[str, Any]:
        spoken, languages = edition.words.language(language), edition.catalogue.languages
        question = edition.catalogue.questions.get(attribute)
        words, tag = pick(question.words if question else _PLAIN, spoken, languages)
        choices = question.choices if question else {}
        return {
            "attribute": attribute,
            "kind": self._kind(attribute, edition.catalogue),
            "words": words if question else words.format(name=attribute.replace("_", " ")),
            "language": tag,
            "language_fallback": tag != spoken,
            "choices": [{"value": value, "words": pick(w, spoken, languages)[0]} for value, w in choices.items()],
        }

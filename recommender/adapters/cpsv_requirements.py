"""Requirements (CCCEV) to criteria: a rule where the file says one, else a question; never met by itself."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from rdflib import RDF, RDFS, SKOS, Literal, URIRef
from rdflib.term import Node

from recommender.adapters.asked import PREFIX, asked_rule, criterion_of, unsaid, yes_or_no
from recommender.adapters.cpsv_source import Source, Words
from recommender.adapters.cpsv_terms import CPSV, CV, DCT, in_order, own_fields
from recommender.adapters.importing import identifier
from recommender.adapters.rule_text import parse_rule
from recommender.adapters.yaml_forms import CriterionForm, QuestionForm, SourceForm
from recommender.compiling import subjects_of
from recommender.eligibility import evaluate
from recommender.errors import CatalogueError
from recommender.facts import Knowledge
from recommender.identifiers import CitizenId


@dataclass
class Criteria:
    """The criteria of one service after another, and the questions that they raise together."""

    source: Source
    questions: dict[str, QuestionForm] = field(default_factory=dict)
    asked: dict[tuple[str, str], str] = field(default_factory=dict)
    _attributes: dict[Node, str] = field(default_factory=dict)

    def of_service(self, node: Node, service_id: str, languages: list[str]) -> list[CriterionForm | dict[str, Any]]:
        """Every condition of the service. Where the file names none there still is one, which answers unknown."""
        graph, taken = self.source.graph, set[str]()
        found: list[CriterionForm | dict[str, Any]] = []
        for leaf, texts in self._leaves(node):
            own = own_fields(graph, leaf)
            if "rule" in own:
                found.append({"id": str(graph.value(leaf, DCT.identifier)), **own})
                continue
            criterion_id = self.source.name(leaf, taken, texts)
            taken.add(criterion_id)
            found.append(self._criterion(node, leaf, (service_id, criterion_id), texts))
        for value in graph.objects(node, CV.holdsRequirement):
            if isinstance(value, Literal):
                found.append(self._asked((service_id, identifier(str(value), taken)), {languages[0]: str(value)}, node))
        if not found:
            self.source.tell("no-condition", node, "names no condition at all", "one that only an answer can settle")
            found.append(self._unsaid("conditions", node, service_id, languages))
        return found

    def questions_of(self, services: Collection[str]) -> dict[str, QuestionForm]:
        """The questions that these services raise."""
        wanted = {attribute for (service_id, _), attribute in self.asked.items() if service_id in services}
        return {attribute: question for attribute, question in self.questions.items() if attribute in wanted}

    def of_territory(self, node: Node, service_id: str, languages: list[str]) -> list[CriterionForm]:
        """A service for one territory is not for everybody: whoever belongs there is asked."""
        places = [self._place(place) for place in in_order(self.source.graph, self.source.nodes(node, DCT.spatial))]
        if not places:
            return []
        self.source.tell("territory", node, f"is for {', '.join(places)}", "a criterion that only an answer can settle")
        return [self._unsaid("territory", node, service_id, languages, place=", ".join(places))]

    @cached_property
    def _holders(self) -> Counter[Node]:
        """How many services hold each requirement, directly or as a part."""
        services = set(self.source.graph.subjects(RDF.type, CPSV.PublicService))
        return Counter(leaf for service in services for leaf, _ in self._leaves(service))

    def _leaves(self, service: Node) -> Iterator[tuple[Node, Words]]:
        """Requirements without parts of their own, each with its text or that of what it is part of."""
        graph, seen = self.source.graph, set()
        waiting: list[tuple[Node, Words]] = [
            (part, {}) for part in reversed(in_order(graph, self.source.nodes(service, CV.holdsRequirement)))
        ]
        while waiting:
            node, above = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            texts = self.source.words(node, DCT.description, DCT.title, SKOS.prefLabel) or above
            parts = [part for part in self.source.nodes(node, CV.hasRequirement) if part not in seen]
            if parts:
                waiting += [(part, texts) for part in reversed(in_order(graph, parts))]
            else:
                yield node, texts

    def _criterion(self, service: Node, leaf: Node, ids: tuple[str, str], texts: Words) -> CriterionForm:
        rule = self._rule(leaf)
        if rule is None:
            return self._asked(ids, texts, service, leaf)
        return criterion_of(ids[1], rule, self._told(ids, texts, leaf), self._law(service, leaf))

    def _asked(self, ids: tuple[str, str], texts: Words, service: Node, leaf: Node | None = None) -> CriterionForm:
        """Unknown until answered. A requirement that several services share is asked once."""
        shared = leaf is not None and self._holders[leaf] > 1
        attribute = PREFIX + (ids[1] if shared else "_".join(ids))
        if leaf is not None:
            attribute = self._attributes.setdefault(leaf, identifier(attribute, self.questions))
        condition = self._told(ids, texts, leaf)
        self.questions.setdefault(attribute, yes_or_no(condition))
        self.asked[ids] = attribute
        return criterion_of(ids[1], asked_rule(attribute), condition, self._law(service, leaf))

    def _told(self, ids: tuple[str, str], texts: Words, leaf: Node | None) -> Words:
        if texts or leaf is None:
            return texts
        return {self.source.language: self.source.text(leaf, DCT.identifier) or ids[1]}

    def _unsaid(self, what: str, node: Node, service_id: str, languages: list[str], place: str = "") -> CriterionForm:
        return self._asked((service_id, f"{what}_of_the_authority"), unsaid(what, languages, place=place), node)

    def _rule(self, leaf: Node) -> str | None:
        """The rule that the requirement's information concepts spell out; None where they do not, or not readably."""
        concepts = in_order(
            self.source.graph, [*self.source.nodes(leaf, CV.constrains), *self.source.nodes(leaf, CV.hasConcept)]
        )
        named = {concept: self._names(concept) for concept in concepts}
        every = {name for names in named.values() for name in names}
        rules: list[str] = []
        for concept, names in named.items():
            expressions = [str(value) for value in self.source.graph.objects(concept, CV.expressionOfExpectedValue)]
            text = expressions[0].strip() if len(expressions) == 1 else ""
            tries = [text, *(f"{name} {text}" for name in names)] if text else []
            rule = next((rule for rule in tries if _reads(rule, every)), None)
            if rule is None:
                if text:
                    what = f"expects {text[:80]!r}, which is no rule over {names[0]!r}"
                    self.source.tell("expression", leaf, what, "asked instead")
                return None
            rules.append(rule)
        different = list(dict.fromkeys(rules))
        return " and ".join(f"({rule})" for rule in different) if len(different) > 1 else next(iter(different), None)

    def _names(self, concept: Node) -> list[str]:
        """What a rule may call an information concept: its identifier first."""
        labels = self.source.words(concept, SKOS.prefLabel, DCT.title).values()
        return list(dict.fromkeys([self.source.name(concept), *map(identifier, labels)]))

    def _law(self, service: Node, leaf: Node | None) -> SourceForm:
        """Where a condition comes from: the requirement's own source, else the service's, else none is named."""
        frameworks = self.source.nodes(leaf, CV.isDerivedFrom) if leaf is not None else []
        rules = [*self.source.nodes(service, CPSV.follows), *(self.source.nodes(leaf, CV.fulfils) if leaf else [])]
        frameworks += [law for rule in rules for law in self.source.nodes(rule, CPSV.implements)]
        frameworks += self.source.nodes(service, CV.hasLegalResource)
        for law in in_order(self.source.graph, frameworks[:1] or []):
            label = self.source.words(law, DCT.title, RDFS.label, DCT.description)
            link = str(law) if isinstance(law, URIRef) and str(law).startswith(("http://", "https://")) else ""
            act = next(iter(label.values()), "") or (str(law) if isinstance(law, URIRef) else "")
            if act:
                return SourceForm(act=act, link=link)
        return SourceForm(act="No act is named")

    def _place(self, place: Node) -> str:
        labels = self.source.words(place, SKOS.prefLabel, RDFS.label, DCT.title)
        return next(iter(labels.values()), "") or self.source.name(place)


def _reads(text: str, names: set[str]) -> bool:
    """Whether a text is a rule over these attributes and nothing else; a name alone says no condition in CCCEV.

    A rule that answers while nothing is known of the citizen would be met by itself: it is none.
    """
    if text.strip().isidentifier():
        return False
    try:
        rule = parse_rule(text)
    except CatalogueError:
        return False
    subjects = subjects_of(rule)
    return bool(subjects) and subjects <= names and all(evaluate(rule, nobody) is None for nobody in _NOBODY)


_NOBODY = tuple(
    Knowledge(CitizenId("nobody"), datetime(year, 1, 1, tzinfo=UTC), {}, {}, {}, {}, (), (), "")
    for year in (1971, 2200)
)
"""Somebody of whom nothing is known, long ago and far ahead: what only the date decides is decided differently."""

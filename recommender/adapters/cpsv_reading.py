"""CPSV-AP 3.2 to a catalogue's forms: what Herald wrote comes back as it was, what others wrote as far as it goes."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rdflib import RDF, SKOS, Graph
from rdflib.term import Node

from recommender.adapters.cpsv_checking import faults_of
from recommender.adapters.cpsv_contents import channels_of, cost_of, evidence_of, output_of, time_of
from recommender.adapters.cpsv_parsing import read_graph
from recommender.adapters.cpsv_requirements import Criteria
from recommender.adapters.cpsv_source import Source, Words
from recommender.adapters.cpsv_terms import CPSV, CV, DCT, HERALD, in_order, own_fields
from recommender.adapters.importing import Fault, Imported, check_values, written_of
from recommender.adapters.yaml_forms import ServiceForm, SharedForm
from recommender.errors import CatalogueError

ASSUMED = (
    "usage: repeatable, because CPSV-AP does not say how often a service may be used",
    "need: the service's own id",
    "within: how long a life event calls for a service is what --within says",
)


def import_file(file: Path, *, language: str = "en", within: str = "P1Y") -> Imported:
    """The catalogue that a Turtle or JSON-LD file describes, and every fault of it.

    language : of texts that name none.   within : how long a life event calls for a service, where the file is silent.

    Services that cannot come in are left out and told of; it may be all of them. Raises CatalogueError when the file
    cannot be read or describes no public service.
    """
    graph = read_graph(file)
    return import_graph(graph, str(file), language=language, within=within)


def import_graph(graph: Graph, name: str, *, language: str = "en", within: str = "P1Y") -> Imported:
    """As `import_file`, for statements that are at hand."""
    if (None, RDF.type, CPSV.PublicService) not in graph:
        raise CatalogueError(f"{name}: no cpsv:PublicService in it", mend="CPSV-AP 3.2 is read")
    reader = _Reader(Source(graph, language, within))
    reader.read()
    written = written_of(reader.forms.values(), reader.shared())
    check_values(written)
    faults = [*faults_of(graph), *reader.source.faults.told]
    origin = {service_id: str(node) for node, service_id in reader.ids.items() if service_id in reader.forms}
    assumed = ASSUMED if reader.foreign else ()
    return Imported(name, written, _once(faults), origin, reader.left_out, frozenset(reader.asked()), assumed)


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.graph = source.graph
        self.criteria = Criteria(source)
        self.forms: dict[str, ServiceForm] = {}
        self.left_out: dict[str, str] = {}
        self.ids: dict[Node, str] = {}
        self.foreign = False
        self._authorities: dict[Node, str] = {}
        self._organisations: dict[str, dict[str, Any]] = {}
        self._events: dict[Node, str] = {}
        self._event_words: dict[str, Words] = {}

    def read(self) -> None:
        services = in_order(self.graph, set(self.graph.subjects(RDF.type, CPSV.PublicService)))
        for node in services:
            self.ids[node] = self.source.name(node, self.ids.values(), self.source.words(node, DCT.title))
        for node in in_order(self.graph, set(self.graph.subjects(RDF.type, CV.PublicOrganisation))):
            if (node, DCT.identifier, None) in self.graph:
                self._organisation(node)
        for node in in_order(self.graph, {*self.graph.subjects(RDF.type, CV.LifeEvent)}):
            self._event(node)
        for node, service_id in self.ids.items():
            try:
                self.forms[service_id] = ServiceForm.model_validate(self._service(node, service_id))
            except (CatalogueError, ValidationError, ValueError) as error:
                self._leave_out(node, error)

    def shared(self) -> SharedForm:
        """What the services share: as Herald wrote it where it did, with what the others brought."""
        own: dict[str, Any] = {}
        for catalogue in in_order(self.graph, set(self.graph.subjects(RDF.type, HERALD.Catalogue))):
            own |= own_fields(self.graph, catalogue)
        questions = own.pop("questions", {}) | self.criteria.questions_of(self.forms)
        if self.foreign:
            own["languages"] = self._languages()
        told = {"authorities": self._organisations, "life_events": self._event_words, "questions": questions}
        try:
            return SharedForm.model_validate(own | told)
        except ValidationError as error:
            raise CatalogueError(f"herald:Catalogue: {_first(error)}", mend="mend the file") from error

    def _languages(self) -> list[str]:
        """The languages of the services' names, the most frequent first: the order of second choices."""
        counted = Counter(language for form in self.forms.values() for language in sorted(form.name))
        return [language for language, _ in counted.most_common()]

    def asked(self) -> set[tuple[str, str]]:
        """The criteria of what came in that only an answer can settle."""
        return {ids for ids in self.criteria.asked if ids[0] in self.forms}

    def _service(self, node: Node, service_id: str) -> Mapping[str, Any]:
        own = own_fields(self.graph, node)
        read = self._own_service if "usage" in own else self._foreign_service
        return read(node, service_id) | own

    def _own_service(self, node: Node, service_id: str) -> dict[str, Any]:
        """What Herald wrote: texts sign by sign, and no more criteria than there were."""
        fields: dict[str, Any] = {
            "id": service_id,
            "name": self.source.words(node, DCT.title),
            "description": self.source.words(node, DCT.description),
            "authority": self._authority(node),
            "criteria": self.criteria.of_service(node, service_id, []) if self._holds(node) else [],
        }
        return fields | self._contents(node)

    def _foreign_service(self, node: Node, service_id: str) -> dict[str, Any]:
        self.foreign = True
        name, description = self.source.words(node, DCT.title), self.source.words(node, DCT.description)
        if not name or not description:
            raise CatalogueError("has no " + ("name" if not name else "description"))
        languages = list(name)
        territory = self.criteria.of_territory(node, service_id, languages)
        fields: dict[str, Any] = {
            "id": service_id,
            "name": name,
            "description": description,
            "authority": self._authority(node),
            "need": service_id,
            "usage": "repeatable",
            "answers": [{"event": self._event(event), "within": self.source.within} for event in self._grouping(node)],
            "criteria": [*self.criteria.of_service(node, service_id, languages), *territory],
        }
        return fields | self._contents(node)

    def _contents(self, node: Node) -> dict[str, Any]:
        read = {
            "evidence": evidence_of(self.source, node),
            "channels": channels_of(self.source, node),
            "cost": cost_of(self.source, node),
            "output": output_of(self.source, node),
            "processing_time": time_of(self.source, node),
        }
        return {name: value for name, value in read.items() if value}

    def _holds(self, node: Node) -> bool:
        return (node, CV.holdsRequirement, None) in self.graph

    def _grouping(self, node: Node) -> list[Node]:
        events = {*self.source.nodes(node, CV.isGroupedBy), *self.graph.subjects(CV.hasRelatedService, node)}
        return in_order(self.graph, events)

    def _event(self, node: Node) -> str:
        """The life event's name for Herald; its words are kept where it has any."""
        if node not in self._events:
            words = self.source.words(node, DCT.title)
            self._events[node] = self.source.name(node, self._events.values(), words)
            if words:
                self._event_words[self._events[node]] = words
        return self._events[node]

    def _authority(self, service: Node) -> str | Words:
        """The id of a shared authority, or the name of one that only this service has."""
        nodes = in_order(self.graph, self.source.nodes(service, CV.hasCompetentAuthority))
        if not nodes:
            raise CatalogueError("names no authority that decides on it")
        if len(nodes) > 1:
            names = ", ".join(self.source.called(node) for node in nodes[1:])
            self.source.tell("authorities", service, f"has several authorities, besides the first: {names}", "left out")
        known = self._authorities.get(nodes[0])
        told = known or self._organisation_words(nodes[0])
        if not told:
            raise CatalogueError(f"is decided on by {self.source.called(nodes[0])}, which has no name")
        return told

    def _organisation_words(self, node: Node) -> Words:
        return self.source.words(node, SKOS.prefLabel, DCT.title)

    def _organisation(self, node: Node) -> None:
        words = self._organisation_words(node)
        if words:
            self._authorities[node] = self.source.name(node, self._authorities.values(), words)
            own = own_fields(self.graph, node)
            self._organisations[self._authorities[node]] = {"name": words, **self._contact(node), **own}

    def _contact(self, node: Node) -> dict[str, str]:
        contacts = in_order(self.graph, self.source.nodes(node, CV.contactPoint))
        found = {
            "page": next((self.source.text(contact, CV.contactPage) for contact in contacts), ""),
            "phone": next((self.source.text(contact, CV.telephone) for contact in contacts), ""),
        }
        return {name: text for name, text in found.items() if text}

    def _leave_out(self, node: Node, error: Exception) -> None:
        reason = error.message if isinstance(error, CatalogueError) else ""
        reason = reason or (_first(error) if isinstance(error, ValidationError) else str(error))
        self.left_out[self.source.called(node)] = reason


def _once(faults: list[Fault]) -> tuple[Fault, ...]:
    return tuple(dict.fromkeys(faults))


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"

"""A catalogue as CPSV-AP 3.2: what the profile has words for in its words, the rest in Herald's own name space.

Importing what is written here loses nothing: the catalogue that comes back has the same version.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from rdflib import RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from recommender.adapters.cpsv_parsing import graph_with_prefixes
from recommender.adapters.cpsv_terms import (
    CPSV,
    CV,
    DCT,
    ELI,
    HERALD,
    NO_LANGUAGE,
    POSITION,
    TERRITORY,
    TIME,
    literals,
)
from recommender.adapters.rule_text import parse_rule
from recommender.adapters.yaml_catalogue import Written
from recommender.adapters.yaml_writing import plain
from recommender.compiling import subjects_of
from recommender.errors import CatalogueError

OWN_BASE = "urn:x-herald:catalogue/"
_NOT_IN_ADDRESSES = frozenset(' <>"{}|\\^`')
Fields = dict[str, Any]


def graph_of(written: Written, base: str = OWN_BASE, territory: str | None = None) -> Graph:
    """The catalogue's statements.

    base      : what the addresses of services, criteria and so on begin with.
    territory : address of the administrative unit that the authorities are responsible for; none: some territory.

    Raises CatalogueError for a base or territory that is no address.
    """
    for address in (base, territory or base):
        if ":" not in address or _NOT_IN_ADDRESSES & set(address):
            raise CatalogueError(f"{address!r} is no address", mend="as in https://data.example.org/services/")
    writer = _Writer(graph_with_prefixes(), Namespace(base), URIRef(territory) if territory else None)
    writer.shared(plain(written.shared))
    for _, form in written.services:
        writer.service(plain(form))
    return writer.graph


class _Writer:
    def __init__(self, graph: Graph, base: Namespace, territory: URIRef | None) -> None:
        self.graph = graph
        self._base = base
        self._territory = territory or BNode()
        self._events: Mapping[str, Mapping[str, str]] = {}

    def shared(self, fields: Fields) -> None:
        """Authorities and life events as the profile has them; whatever else is shared on a node of its own."""
        for key, authority in fields.pop("authorities", {}).items():
            self._organisation(self._base[f"authority/{key}"], key, authority)
        self._events = fields.pop("life_events", {})
        for event in self._events:
            self._event(event)
        catalogue = self._base["catalogue"]
        self._add(catalogue, RDF.type, HERALD.Catalogue)
        self._own(catalogue, fields)

    def service(self, fields: Fields) -> None:
        service_id = fields.pop("id")
        node = self._base[f"service/{service_id}"]
        self._add(node, RDF.type, CPSV.PublicService)
        self._add(node, DCT.identifier, Literal(service_id))
        self._words(node, DCT.title, fields.pop("name"))
        self._words(node, DCT.description, fields.pop("description"))
        self._authority(node, fields.pop("authority"))
        for event in dict.fromkeys(answer["event"] for answer in fields.get("answers", []) if "event" in answer):
            self._add(node, CV.isGroupedBy, self._event(event))
        for place, criterion in enumerate(fields.pop("criteria"), 1):
            self._criterion(node, place, criterion)
        for place, evidence in enumerate(fields.pop("evidence", []), 1):
            self._evidence(node, place, evidence)
        for place, channel in enumerate(fields.pop("channels", []), 1):
            self._channel(node, place, channel)
        self._result(node, fields)
        self._own(node, fields)

    def _result(self, node: URIRef, fields: Fields) -> None:
        """Cost, output, time and territory: for the time and the regions Herald's own field says more."""
        if "cost" in fields:
            cost = self._part(node, "cost", CV.hasCost, CV.Cost)
            self._words(cost, DCT.description, fields.pop("cost"))
        if "output" in fields:
            output = self._part(node, "output", CPSV.produces, CV.Output)
            self._words(output, DCT.title, fields.pop("output"))
        time = fields.get("processing_time")
        if time is not None:
            self._add(node, CV.processingTime, Literal(time, datatype=XSD.duration, normalize=False))
            if str(Literal(time, datatype=XSD.duration)) == time:
                del fields["processing_time"]
        for region in fields.get("jurisdiction", {}).get("regions", []):
            place = self._base[f"region/{quote(region, safe='')}"]
            self._add(place, RDF.type, DCT.Location)
            self._add(place, RDFS.label, Literal(region))
            self._add(node, DCT.spatial, place)

    def _authority(self, node: URIRef, authority: str | Mapping[str, str]) -> None:
        if isinstance(authority, str):
            self._add(node, CV.hasCompetentAuthority, self._base[f"authority/{authority}"])
            return
        organisation = URIRef(f"{node}/authority")
        self._add(node, CV.hasCompetentAuthority, organisation)
        self._organisation(organisation, None, {"name": authority})

    def _organisation(self, node: URIRef, key: str | None, fields: Fields) -> None:
        self._add(node, RDF.type, CV.PublicOrganisation)
        self._add(node, DCT.spatial, self._territory)
        self._add(self._territory, RDF.type, TERRITORY)
        if key is not None:
            self._add(node, DCT.identifier, Literal(key))
        self._words(node, SKOS.prefLabel, fields.pop("name"))
        if "page" in fields or "phone" in fields:
            contact = URIRef(f"{node}/contact")
            self._add(node, CV.contactPoint, contact)
            self._add(contact, RDF.type, CV.ContactPoint)
            if "phone" in fields:
                self._add(contact, CV.telephone, Literal(fields["phone"]))
        self._own(node, fields)

    def _event(self, event: str) -> URIRef:
        node = self._base[f"event/{event}"]
        if (node, RDF.type, CV.LifeEvent) not in self.graph:
            self._add(node, RDF.type, CV.LifeEvent)
            self._add(node, RDF.type, CV.Event)
            self._add(node, DCT.identifier, Literal(event))
            self._words(node, DCT.title, self._events.get(event, {NO_LANGUAGE: event}))
        return node

    def _criterion(self, service: URIRef, place: int, fields: Fields) -> None:
        node = self._part(service, f"criterion/{place}", CV.holdsRequirement, CV.Requirement, fields.pop("id"))
        self._add(node, RDF.type, CV.Criterion)
        self._add(node, POSITION, Literal(place))
        self._words(node, DCT.title, fields["met"])
        self._concepts(node, fields["rule"])
        source = fields["source"]
        if not isinstance(source, str):
            law = URIRef(f"{node}/law")
            self._add(law, RDF.type, ELI.LegalResource)
            self._add(law, RDF.type, CV.ReferenceFramework)
            self._add(law, RDFS.label, Literal(", ".join(filter(None, (source["act"], source.get("article", ""))))))
            self._add(node, CV.isDerivedFrom, law)
            self._add(service, CV.hasLegalResource, law)
        self._own(node, fields)

    def _concepts(self, node: URIRef, rule: str) -> None:
        """What a rule over attributes alone looks at, and what it expects, for readers that know CCCEV only."""
        subjects = sorted(subjects_of(parse_rule(rule)))
        for attribute in subjects if not any(":" in subject for subject in subjects) else []:
            concept = URIRef(f"{node}/concept/{attribute}")
            self._add(node, CV.hasConcept, concept)
            self._add(concept, RDF.type, CV.InformationConcept)
            self._add(concept, DCT.identifier, Literal(attribute))
            self._add(concept, SKOS.prefLabel, Literal(attribute, lang=NO_LANGUAGE))
            self._add(concept, CV.expressionOfExpectedValue, Literal(rule))

    def _evidence(self, service: URIRef, place: int, fields: Fields) -> None:
        node = self._part(service, f"evidence/{place}", CPSV.hasInput, CV.Evidence, fields.pop("id"))
        self._add(node, POSITION, Literal(place))
        self._words(node, DCT.title, fields.pop("name"))
        self._own(node, fields)

    def _channel(self, service: URIRef, place: int, fields: Fields) -> None:
        node = self._part(service, f"channel/{place}", CV.hasChannel, CV.Channel)
        kind = HERALD[f"channel-{fields['kind']}"]
        self._add(node, POSITION, Literal(place))
        self._add(node, DCT.type, kind)
        self._add(kind, RDF.type, SKOS.Concept)
        self._add(kind, SKOS.prefLabel, Literal(fields["kind"], lang="en"))
        if isinstance(fields["address"], dict):
            self._words(node, DCT.description, fields["address"])
        if "hours" in fields:
            hours = URIRef(f"{node}/hours")
            self._add(node, CV.openingHours, hours)
            self._add(hours, RDF.type, TIME.TemporalEntity)
            self._words(hours, DCT.description, fields.pop("hours"))
        self._own(node, fields)

    def _part(self, whole: URIRef, name: str, link: URIRef, cls: URIRef, identifier: str | None = None) -> URIRef:
        node = URIRef(f"{whole}/{name}")
        self._add(whole, link, node)
        self._add(node, RDF.type, cls)
        self._add(node, DCT.identifier, Literal(identifier or str(node).removeprefix(str(self._base))))
        return node

    def _own(self, node: URIRef, fields: Fields) -> None:
        for name, value in fields.items():
            for literal in literals(value):
                self._add(node, HERALD[name], literal)

    def _words(self, node: URIRef, predicate: URIRef, words: Mapping[str, str]) -> None:
        for language, text in words.items():
            self._add(node, predicate, Literal(text, lang=language))

    def _add(self, subject: Node, predicate: URIRef, value: Node) -> None:
        self.graph.add((subject, predicate, value))

"""A graph as it is read: texts by language, names, and the faults met on the way."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from rdflib import RDF, SKOS, Graph, Literal, URIRef
from rdflib.term import Node

from recommender.adapters.cpsv_checking import called
from recommender.adapters.cpsv_terms import CPSV, CV, DCT, HERALD, NO_LANGUAGE
from recommender.adapters.importing import Faults, identifier, readable

Words = dict[str, str]
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class Source:
    """What is read, and how.

    language : of texts that name none.
    within   : how long a life event calls for a service, which CPSV-AP does not say.
    """

    graph: Graph
    language: str
    within: str
    faults: Faults = field(default_factory=Faults)

    @cached_property
    def own(self) -> bool:
        """Whether Herald wrote it: texts and names are then kept sign by sign."""
        return (None, RDF.type, HERALD.Catalogue) in self.graph

    def words(self, node: Node, *predicates: URIRef) -> Words:
        """The first of the predicates that says anything, by language; a language said twice keeps the first text."""
        for predicate in predicates:
            told: Words = {}
            for value in sorted(self.graph.objects(node, predicate), key=_text_key):
                self._take(told, node, predicate, value)
            if told:
                return told
        return {}

    def text(self, node: Node, predicate: URIRef) -> str:
        """The first value as text, in alphabetical order; empty where there is none."""
        return min((readable(str(value)) for value in self.graph.objects(node, predicate)), default="")

    def nodes(self, node: Node, predicate: URIRef) -> list[Node]:
        """What the predicate leads to, texts left out."""
        return [value for value in self.graph.objects(node, predicate) if not isinstance(value, Literal)]

    def is_a(self, node: Node, *classes: URIRef) -> bool:
        return any((node, RDF.type, cls) in self.graph for cls in classes)

    def name(self, node: Node, taken: Iterable[str] = (), words: Words | None = None) -> str:
        """A name for Herald: from the identifier, else the last part of the address, else a text."""
        told = self.text(node, DCT.identifier)
        if self.own and told:
            return told
        tail = re.split(r"[/#:]", str(node).rstrip("/#"))[-1] if isinstance(node, URIRef) else ""
        first = next(iter((words or {}).values()), "")
        return identifier(told or tail or first, taken)

    def called(self, node: Node) -> str:
        return called(self.graph, node)

    def tell(self, kind: str, node: Node, what: str, done: str) -> None:
        self.faults.tell(kind, self.called(node), what, done)

    def _take(self, told: Words, node: Node, predicate: URIRef, value: Node) -> None:
        if not isinstance(value, Literal) or value.language == NO_LANGUAGE:
            return
        text, tag = readable(str(value)), str(value.language or self.language)
        if self.own:
            told[tag] = str(value)
            return
        primary, dash, rest = tag.partition("-")
        tag = primary.lower() + dash + rest
        if not text:
            self.tell("empty-text", node, f"has an empty text ({short(predicate)})", "left out")
        elif not _TAG.fullmatch(tag):
            self.tell("language", node, f"has a text in {tag!r}, which Herald does not know as a language", "left out")
        elif told.setdefault(tag, text) != text:
            self.tell("text-twice", node, f"says {short(predicate)} twice in {tag!r}: {text[:60]!r}", "left out")


def short(predicate: URIRef) -> str:
    """A predicate as a person would write it."""
    for prefix, space in (("dct", DCT), ("cv", CV), ("cpsv", CPSV), ("skos", SKOS)):
        if str(predicate).startswith(str(space)):
            return f"{prefix}:{str(predicate).removeprefix(str(space))}"
    return str(predicate)


def _text_key(value: Node) -> tuple[str, str]:
    return (value.language or "" if isinstance(value, Literal) else "", str(value))

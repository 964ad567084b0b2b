"""The vocabulary that catalogues are exchanged in: CPSV-AP 3.2, CCCEV 2, and Herald's own name space for the rest.

Names and cardinalities are those of the profile that SEMIC published as CPSV-AP 3.2.0 (January 2024) and CCCEV 2.2.0.
A field that the profile has no word for is `herald:<field>`: plain text as it is, words per language as tagged
literals, a truth value as xsd:boolean, anything else as rdf:JSON.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from rdflib import DCTERMS, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

CPSV = Namespace("http://purl.org/vocab/cpsv#")
CV = Namespace("http://data.europa.eu/m8g/")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCT = Namespace(str(DCTERMS))
ELI = Namespace("http://data.europa.eu/eli/ontology#")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
HERALD = Namespace("urn:x-herald:terms#")
SCHEMA = Namespace("http://schema.org/")
TIME = Namespace("http://www.w3.org/2006/time#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
TERRITORY = URIRef("http://data.europa.eu/88u/dataset/atu-type")
"""The class of administrative territorial units, as the profile names it."""
NO_LANGUAGE = "zxx"
"""BCP 47: no linguistic content. A name that stands where the profile wants one and the catalogue has none."""
PREFIXES = {
    "cpsv": CPSV,
    "cv": CV,
    "dcat": DCAT,
    "dct": DCT,
    "rdf": Namespace(str(RDF)),
    "rdfs": Namespace(str(RDFS)),
    "time": TIME,
    "eli": ELI,
    "foaf": FOAF,
    "herald": HERALD,
    "skos": Namespace(str(SKOS)),
    "xsd": Namespace(str(XSD)),
}
SKOS_LABEL = URIRef(str(SKOS) + "prefLabel")
POSITION = HERALD["list-position"]
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def literals(value: Any) -> list[Literal]:
    """One field's value as literals of the Herald name space."""
    if isinstance(value, bool):
        return [Literal(value)]
    if isinstance(value, str):
        return [Literal(value)]
    if is_words(value):
        return [Literal(text, lang=language) for language, text in value.items()]
    return [Literal(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str), datatype=RDF.JSON)]


def held_value(nodes: Iterable[Node]) -> Any:
    """What `literals` wrote, back. Raises ValueError for what it never writes."""
    found = [node for node in nodes if isinstance(node, Literal)]
    if found and all(node.language for node in found):
        return {str(node.language): str(node) for node in sorted(found)}
    if len(found) != 1:
        raise ValueError(f"{len(found)} values where one was expected")
    if found[0].datatype == RDF.JSON:
        return json.loads(str(found[0]))
    return found[0].value is True if found[0].datatype == XSD.boolean else str(found[0])


def is_words(value: Any) -> bool:
    """Whether a value is text by language, so that it may be written as tagged literals."""
    if not isinstance(value, Mapping) or not value:
        return False
    tags = [str(key).lower() for key in value]
    return len(set(tags)) == len(tags) and all(
        isinstance(key, str) and isinstance(text, str) and _TAG.fullmatch(key) for key, text in value.items()
    )


def own_fields(graph: Graph, node: Node) -> dict[str, Any]:
    """The fields of a node that Herald wrote in its own name space, by name. Raises ValueError naming the field."""
    held: dict[str, list[Node]] = {}
    for predicate, value in graph.predicate_objects(node):
        if isinstance(predicate, URIRef) and predicate.startswith(HERALD) and predicate != POSITION:
            held.setdefault(str(predicate).removeprefix(str(HERALD)), []).append(value)
    fields = {}
    for name, values in held.items():
        try:
            fields[name] = held_value(values)
        except ValueError as error:
            raise ValueError(f"herald:{name}: {error}") from error
    return fields


def in_order(graph: Graph, nodes: Iterable[Node]) -> list[Node]:
    """Nodes by their position where they have one, then by identifier and name: the same file gives the same order."""
    return sorted(nodes, key=lambda node: _place(graph, node))


def _place(graph: Graph, node: Node) -> tuple[float, str, str, str]:
    position = graph.value(node, POSITION)
    number = position.value if isinstance(position, Literal) else None
    place = float(number) if isinstance(number, int) else float("inf")
    texts = sorted(str(text) for text in graph.objects(node, DCT.title)) + sorted(
        str(text) for text in graph.objects(node, DCT.description)
    )
    named = "" if isinstance(node, BNode) else str(node)
    return place, str(graph.value(node, DCT.identifier) or ""), " ".join(texts), named

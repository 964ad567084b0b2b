"""What a public service comes with in CPSV-AP: evidence, channels, cost, output, processing time."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rdflib import RDFS, SKOS, Literal, URIRef
from rdflib.term import Node

from recommender.adapters.cpsv_checking import name_of
from recommender.adapters.cpsv_source import Source, Words
from recommender.adapters.cpsv_terms import CPSV, CV, DCT, FOAF, SCHEMA, VCARD, in_order, own_fields
from recommender.instants import check_period

_KINDS: Mapping[str, tuple[str, ...]] = {
    "app": ("app", "mobile", "smartphone"),
    "kiosk": ("kiosk", "terminal"),
    "phone": ("phone", "telephone", "call", "hotline", "telefon", "telefono", "tel"),
    "counter": ("counter", "office", "desk", "person", "assistant", "physical", "oficina", "ufficio", "bureau", "buro"),
    "web": ("web", "online", "internet", "website", "homepage", "portal", "url", "eservice"),
}
"""Words by which vocabularies of channels, of which the profile fixes none, may be told apart."""
_ADDRESSES = (FOAF.page, VCARD.hasURL, SCHEMA.url, VCARD.hasTelephone, CV.telephone)


def evidence_of(source: Source, service: Node) -> list[dict[str, Any]]:
    """What is asked for; evidence without a name is left out, and told of."""
    found: list[dict[str, Any]] = []
    nodes = [*source.nodes(service, CPSV.hasInput), *source.nodes(service, CV.hasInputType)]
    for node in in_order(source.graph, dict.fromkeys(nodes)):
        words = source.words(node, DCT.title, SKOS.prefLabel, DCT.description)
        if words:
            evidence_id = source.name(node, [held["id"] for held in found], words)
            found.append({"id": evidence_id, "name": words, **own_fields(source.graph, node)})
        elif source.nodes(service, CPSV.hasInput):
            source.tell("evidence", service, f"asks for evidence {_label(source, node)} that has no name", "left out")
    return found


def channels_of(source: Source, service: Node) -> list[dict[str, Any]]:
    """Ways to the service; one of unknown kind or without an address is left out, and told of."""
    found = []
    for node in in_order(source.graph, source.nodes(service, CV.hasChannel)):
        own = own_fields(source.graph, node)
        hours = next((source.words(span, DCT.description) for span in source.nodes(node, CV.openingHours)), {})
        fields: dict[str, Any] = {"hours": hours} if hours else {}
        if "kind" not in own:
            kind, address = _kind(source, node), _address(source, node)
            if not kind or not address:
                lacks = "an address" if kind else "a kind that Herald knows (web, app, phone, counter, kiosk)"
                source.tell("channel", service, f"has a channel {_label(source, node)} that lacks {lacks}", "left out")
                continue
            fields |= {"kind": kind, "address": address, "can": ["ask"]}
        found.append(fields | own)
    return found


def cost_of(source: Source, service: Node) -> Words:
    """What it costs, in words; an amount without words is given as it is."""
    costs = in_order(source.graph, source.nodes(service, CV.hasCost))
    return _one_after_the_other(source.words(node, DCT.description) or _amount(source, node) for node in costs)


def output_of(source: Source, service: Node) -> Words:
    """What one gets; several things are named one after the other."""
    outputs = in_order(source.graph, source.nodes(service, CPSV.produces))
    return _one_after_the_other(source.words(node, DCT.title, DCT.description) for node in outputs)


def time_of(source: Source, service: Node) -> str | None:
    """The processing time where it is an ISO 8601 period."""
    times = sorted(str(value) for value in source.graph.objects(service, CV.processingTime))
    for time in times[:1]:
        try:
            return check_period(time)
        except ValueError:
            source.tell("processing-time", service, f"takes {time[:40]!r}, which is no ISO 8601 period", "left out")
    return None


def _one_after_the_other(texts: Iterable[Words]) -> Words:
    told: Words = {}
    for words in texts:
        for language, text in words.items():
            told[language] = f"{told[language]}; {text}" if language in told else text
    return told


def _label(source: Source, node: Node) -> str:
    name = name_of(source.graph, node)
    return repr(name) if name else f"<{node}>" if isinstance(node, URIRef) else "(without a name or address)"


def _kind(source: Source, node: Node) -> str:
    types = list(source.graph.objects(node, DCT.type))
    told = [str(kind) for kind in types]
    told += [str(text) for kind in types for text in source.graph.objects(kind, SKOS.prefLabel)]
    told += source.words(node, DCT.title).values()
    for text in told:
        tail = re.split(r"[/#:]", text.rstrip("/#"))[-1] if text.startswith(("http", "urn")) else text
        signs = re.sub(r"[^a-z]+", " ", re.sub(r"([a-z])([A-Z])", r"\1 \2", tail).lower()).split()
        for kind, names in _KINDS.items():
            if any(sign in names for sign in signs):
                return kind
    return ""


def _address(source: Source, node: Node) -> str | Words:
    """A link or number on the channel or its contact point, else what is written about it."""
    contacts = in_order(source.graph, source.nodes(node, CV.contactPoint))
    for place in (node, *contacts):
        for predicate in (*_ADDRESSES, CV.contactPage):
            text = source.text(place, predicate).removeprefix("tel:")
            if text:
                return text
    return source.words(node, DCT.description, RDFS.label)


def _amount(source: Source, node: Node) -> Words:
    values = [str(value) for value in source.graph.objects(node, CV.hasValue) if isinstance(value, Literal)]
    units = [str(unit) for unit in source.graph.objects(node, CV.currency) if isinstance(unit, URIRef)]
    value, unit = min(values, default=""), min(units, default="")
    amount = " ".join(part for part in (value, unit.rpartition("/")[2]) if part)
    return {source.language: amount} if value else {}

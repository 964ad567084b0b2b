"""A graph against the shapes beside this module: what is wrong, of which subject, in plain words."""

from importlib.resources import files

from rdflib import RDF, SH, SKOS, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from recommender.adapters.cpsv_terms import CPSV, CV, DCAT, DCT, HERALD
from recommender.adapters.importing import Fault, readable

SHAPES = "cpsv_shapes.ttl"
_CALLED = {
    CPSV.PublicService: "public service",
    CV.PublicOrganisation: "public organisation",
    CV.Requirement: "requirement",
    CV.Criterion: "criterion",
    CV.Constraint: "constraint",
    CV.InformationRequirement: "information requirement",
    CV.InformationConcept: "information concept",
    CV.Evidence: "evidence",
    CV.Channel: "channel",
    CV.Cost: "cost",
    CV.Output: "output",
    CV.LifeEvent: "life event",
    CV.BusinessEvent: "business event",
    CV.Event: "event",
    DCAT.Dataset: "dataset",
}
_UPWARDS = 6
"""How far up from a nameless node a named one is looked for."""


def faults_of(graph: Graph) -> list[Fault]:
    """Every fault that the shapes find, in a fixed order. Nothing is inferred, fetched or executed."""
    from pyshacl import validate

    shapes = Graph().parse(data=files(__package__).joinpath(SHAPES).read_text(encoding="utf-8"), format="turtle")
    _, results, _ = validate(graph, shacl_graph=shapes, inference="none", advanced=False, js=False, meta_shacl=False)
    if not isinstance(results, Graph):
        raise RuntimeError(f"the shapes are at fault: {results}")
    # the results of a shape within a shape are details of another result, and say nothing that it does not
    found = {_fault(graph, shapes, results, result) for result in results.objects(None, SH.result)}
    return sorted(found, key=lambda fault: (fault.kind, fault.where, fault.what))


def called(graph: Graph, node: Node) -> str:
    """A node as a person would name it: its class, its name or identifier, its address, or what it belongs to."""
    kind = next((word for cls, word in _CALLED.items() if (node, RDF.type, cls) in graph), "")
    name = name_of(graph, node)
    address = "" if isinstance(node, BNode) else f"<{node}>"
    own = " ".join(part for part in (kind, f"{name!r}" if name else "", address) if part)
    if name or address:
        return own
    return f"{own or 'a node'} without a name{_belonging(graph, node)}"


def name_of(graph: Graph, node: Node) -> str:
    """The node's name, else its identifier, else nothing."""
    for predicate in (DCT.title, SKOS.prefLabel, DCT.identifier):
        texts = [(_language(text) != "en", _language(text), str(text)) for text in graph.objects(node, predicate)]
        if texts:
            return readable(min(texts)[-1])[:80]
    return ""


def _fault(graph: Graph, shapes: Graph, results: Graph, result: Node) -> Fault:
    shape, focus = results.value(result, SH.sourceShape), results.value(result, SH.focusNode)
    kind = str(shape).rpartition("#")[2].lower() if isinstance(shape, URIRef) else "shape"
    what = str((shape and shapes.value(shape, SH.message)) or "is not as the profile wants it")
    value = results.value(result, SH.value)
    if value is not None and value != focus:
        what += f": {str(value)[:80]!r}" if isinstance(value, Literal) else f": {called(graph, value)}"
    then = str((shape and shapes.value(shape, HERALD.then)) or "kept")
    return Fault(kind, called(graph, focus) if focus else "the file", what, then)


def _belonging(graph: Graph, node: Node) -> str:
    """` of <the nearest named thing above>`, for a node that has neither name nor address."""
    here: Node | None = node
    for _ in range(_UPWARDS):
        here = min(graph.subjects(None, here), default=None, key=str)
        if here is None:
            break
        if name_of(graph, here) or not isinstance(here, BNode):
            return f" of {called(graph, here)}"
    return ""


def _language(text: Node) -> str:
    return (text.language or "") if isinstance(text, Literal) else ""

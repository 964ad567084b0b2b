"""Whatever a file says, nobody of whom nothing is known becomes eligible by it."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from experiments.usagov.real import statuses
from recommender.adapters.cpsv_reading import import_graph
from recommender.adapters.cpsv_terms import CPSV, CV, DCT, HERALD, SKOS_LABEL
from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.adapters.yaml_writing import write_catalogue
from recommender.decision import Status
from recommender.errors import CatalogueError

NODES: list[Node] = [URIRef(f"urn:x:{name}") for name in "abcdef"] + [BNode("g"), BNode("h")]
CLASSES = [CPSV.PublicService, CV.PublicOrganisation, CV.Requirement, CV.Criterion, CV.Constraint, CV.Channel]
CLASSES += [CV.InformationConcept, CV.Evidence, CV.LifeEvent, CV.Cost, CV.Output]
LINKS = [CV.holdsRequirement, CV.hasRequirement, CV.hasCompetentAuthority, CV.constrains, CV.hasConcept, CV.hasChannel]
LINKS += [
    CV.isGroupedBy,
    CPSV.hasInput,
    CPSV.produces,
    CV.hasCost,
    CV.isDerivedFrom,
    CPSV.follows,
    DCT.spatial,
    DCT.type,
]
TEXTS = [DCT.title, DCT.description, DCT.identifier, SKOS_LABEL, CV.expressionOfExpectedValue, CV.processingTime]
OWN = [HERALD.within, HERALD.kind, HERALD.source, HERALD.held_by, HERALD.apply_url]
LANGUAGES = st.sampled_from(["en", "de", "zh-Hant"])
RULES = ["age >= 18", ">= 18", "true", "age >= 0 or age < 0", "not age", "P1Y", "1 < 2", "{text}"]
DURATION = URIRef("http://www.w3.org/2001/XMLSchema#duration")
TYPED = [Literal(7), Literal(True), Literal("P1X", datatype=DURATION), Literal("{", datatype=RDF.JSON)]
LITERALS = st.one_of(
    st.text(max_size=8).map(Literal),
    LANGUAGES.flatmap(lambda tag: st.text(max_size=8).map(lambda text: Literal(text, lang=tag))),
    st.sampled_from(RULES).map(Literal),
    st.sampled_from(TYPED),
)
STATEMENTS = st.one_of(
    st.tuples(st.sampled_from(NODES), st.just(RDF.type), st.sampled_from(CLASSES)),
    st.tuples(st.sampled_from(NODES), st.sampled_from(LINKS), st.one_of(st.sampled_from(NODES), LITERALS)),
    st.tuples(st.sampled_from(NODES), st.sampled_from(TEXTS), LITERALS),
    st.tuples(st.sampled_from(NODES), st.sampled_from(OWN), LITERALS),
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A public service that could come in, among statements that mean anything or nothing."""
    graph = Graph()
    service, authority = NODES[0], NODES[1]
    graph.add((service, RDF.type, CPSV.PublicService))
    graph.add((service, CV.hasCompetentAuthority, authority))
    graph.add((service, DCT.title, Literal("Aid", lang="en")))
    graph.add((service, DCT.description, Literal("Help", lang="en")))
    graph.add((authority, SKOS_LABEL, Literal("Office", lang="en")))
    for statement in draw(st.lists(STATEMENTS, max_size=40)):
        graph.add(statement)
    return graph


@given(graphs())
@settings(max_examples=70, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_file_makes_anybody_eligible_of_whom_nothing_is_known(graph: Graph) -> None:
    try:
        imported = import_graph(graph, "a file")
    except CatalogueError as error:
        assert "\n" not in str(error)
        return
    assert all(fault.where and fault.what and fault.done for fault in imported.faults)
    if not imported.written.services:
        assert imported.left_out
        return
    with tempfile.TemporaryDirectory() as made:
        write_catalogue(Path(made) / "c", imported.written, beside={"report.json": imported.report()})
        assert set(statuses(load_catalogue(Path(made) / "c")).values()) == {Status.UNKNOWN}

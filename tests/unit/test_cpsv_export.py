"""What Herald writes as CPSV-AP comes back as it was, whatever a catalogue says."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from rdflib import RDF, Graph

from recommender.adapters.cpsv_parsing import BASE
from recommender.adapters.cpsv_reading import import_file, import_graph
from recommender.adapters.cpsv_terms import CPSV, CV, DCT, HERALD
from recommender.adapters.cpsv_writing import graph_of
from recommender.adapters.rule_text import parse_rule
from recommender.adapters.yaml_catalogue import Written, read_catalogue
from recommender.adapters.yaml_forms import ServiceForm, SharedForm
from recommender.compiling import subjects_of
from recommender.errors import CatalogueError
from tests.catalogue_forms import meaningful

SERVICES = [Path(__file__).parents[2] / "experiments" / name / "services" for name in ("city", "nlsy97")]
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
FORMATS = ["turtle", "json-ld"]


def again(written: Written, form: str) -> Written:
    """The catalogue, exported and imported."""
    text = graph_of(written).serialize(format=form)
    imported = import_graph(Graph().parse(data=text, format=form, publicID=BASE), "a file")
    assert not imported.left_out
    assert not imported.asked
    return imported.written


@pytest.mark.parametrize("form", FORMATS)
@given(written=meaningful())
@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
def test_exporting_and_importing_any_catalogue_loses_nothing(form: str, written: Written) -> None:
    assert again(written, form).version() == written.version()


@pytest.mark.parametrize("form", FORMATS)
@given(written=meaningful(every=True))
@settings(max_examples=8, deadline=None, suppress_health_check=SLOW)
def test_exporting_and_importing_one_with_every_field_used_loses_nothing(form: str, written: Written) -> None:
    unset = [name for name in ServiceForm.model_fields if not getattr(written.services[0][1], name)]
    assert set(unset) <= {"answers", "criteria", "evidence", "channels"}
    assert all(getattr(written.shared, name) for name in SharedForm.model_fields)
    assert again(written, form).version() == written.version()


@pytest.mark.parametrize("folder", SERVICES, ids=lambda folder: folder.parent.name)
@pytest.mark.parametrize("ending", [".ttl", ".jsonld"])
def test_a_shipped_catalogue_comes_back_with_its_version_and_without_a_fault(
    folder: Path, ending: str, tmp_path: Path
) -> None:
    written = read_catalogue(folder)
    file = tmp_path / f"catalogue{ending}"
    file.write_text(graph_of(written).serialize(format="turtle" if ending == ".ttl" else "json-ld"), encoding="utf-8")
    imported = import_file(file)
    assert imported.written.version() == written.version()
    assert imported.faults == ()
    assert imported.counts()["criteria only an answer can settle"] == 0


def test_what_is_written_has_what_the_profile_makes_mandatory() -> None:
    graph = graph_of(read_catalogue(SERVICES[0]), "https://data.example.org/", "https://units.example.org/12")
    for service in graph.subjects(RDF.type, CPSV.PublicService):
        for predicate in (DCT.identifier, DCT.title, DCT.description, CV.hasCompetentAuthority):
            assert (service, predicate, None) in graph
        assert str(service).startswith("https://data.example.org/service/")
        assert all(text.language for text in graph.objects(service, DCT.title))


def test_a_reader_that_knows_cccev_only_still_finds_the_rules_over_attributes() -> None:
    written = read_catalogue(SERVICES[0])
    graph = graph_of(written)
    for statement in list(graph):
        if any(str(part).startswith(str(HERALD)) for part in statement):
            graph.remove(statement)
    imported = import_graph(graph, "a file")
    assert imported.left_out == {}
    found = {(form.id, c.rule) for _, form in imported.written.services for c in form.criteria}
    for _, form in written.services:
        for criterion in form.criteria:
            over_attributes = not any(":" in subject for subject in subjects_of(parse_rule(criterion.rule)))
            assert ((form.id, criterion.rule) in found) is over_attributes
            assert ((form.id, criterion.id) in imported.asked) is not over_attributes


@pytest.mark.parametrize("base", ["services", "https://a b/", "https://x/<script>"])
def test_a_base_that_is_no_address_is_refused(base: str) -> None:
    with pytest.raises(CatalogueError, match="is no address"):
        graph_of(read_catalogue(SERVICES[1]), base)

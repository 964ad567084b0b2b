"""Catalogues that others wrote: what comes in, what becomes a question, what is told of, and what is refused."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender.adapters.cpsv_parsing import DEEPEST, LARGEST_BYTES, read_graph
from recommender.adapters.cpsv_reading import import_file
from recommender.adapters.importing import LONGEST, Imported
from recommender.adapters.rule_text import parse_rule
from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.adapters.yaml_forms import ServiceForm
from recommender.adapters.yaml_writing import write_catalogue
from recommender.eligibility import evaluate
from recommender.errors import CatalogueError
from recommender.facts import Knowledge, Scalar
from recommender.testing.fakes import knowledge_of

DATA = Path(__file__).parents[1] / "data" / "cpsv"
MINIMAL = (
    "@prefix c: <http://purl.org/vocab/cpsv#> . @prefix v: <http://data.europa.eu/m8g/> ."
    "@prefix d: <http://purl.org/dc/terms/> . @prefix s: <http://www.w3.org/2004/02/skos/core#> ."
    '<urn:x:o> a v:PublicOrganisation ; s:prefLabel "Office"@en ; d:spatial <urn:x:t> .'
    '<urn:x:a> a c:PublicService ; d:identifier "a" ; d:title "Aid"@en ; d:description "Help."@en ;'
    " v:hasCompetentAuthority <urn:x:o> "
)


def services(imported: Imported) -> dict[str, ServiceForm]:
    return {form.id: form for _, form in imported.written.services}


def kinds(imported: Imported) -> dict[str, str]:
    """The faults by kind: of whom."""
    return {fault.kind: fault.where for fault in imported.faults}


def known(attributes: dict[str, Scalar] | None = None) -> Knowledge:
    return knowledge_of(datetime(2024, 2, 29, tzinfo=UTC), attributes=attributes or {})


def turtle(tmp_path: Path, rest: str = ".") -> Path:
    file = tmp_path / "file.ttl"
    file.write_text(MINIMAL + rest, encoding="utf-8")
    return file


def test_a_catalogue_in_turtle_comes_in_with_its_languages_channels_and_sources() -> None:
    imported = import_file(DATA / "valdora.ttl")
    assert imported.left_out == {}
    birth = services(imported)["val_2024_017"]
    assert birth.name == {"it": "Assegno per i nuovi nati", "de": "Zuwendung für Neugeborene"}
    assert birth.authority == "servizi_sociali"
    assert imported.written.shared.authorities["servizi_sociali"].phone == "+39 0000 123"
    assert [(answer.event, answer.within) for answer in birth.answers] == [("nascita", "P1Y")]
    assert birth.processing_time == "P30D"
    assert [(channel.kind, channel.address) for channel in birth.channels] == [
        ("web", "https://sportello.valdora.example/assegno")
    ]
    assert birth.cost == {"it": "Gratuito", "de": "Kostenlos"}
    assert birth.evidence[0].name["de"] == "Geburtsurkunde"
    assert {criterion.source.act for criterion in birth.criteria} == {"Regolamento comunale 3 del 2024"}  # type: ignore[union-attr]
    assert imported.written.shared.languages == ["it", "de"]


def test_nested_requirements_become_one_criterion_for_each_part_that_has_no_parts() -> None:
    imported = import_file(DATA / "valdora.ttl")
    birth = services(imported)["val_2024_017"]
    assert {criterion.id: criterion.rule for criterion in birth.criteria} == {
        "maggiorenne": "age >= 18",
        "isee": "asked_val_2024_017_isee == true",
        "residenza": "asked_residenza == true",
    }


def test_a_requirement_of_several_services_is_asked_once() -> None:
    imported = import_file(DATA / "valdora.ttl")
    rules = {service_id: form.criteria[-1].rule for service_id, form in services(imported).items()}
    assert rules["val_2024_017"] == rules["val_2024_018"] == "asked_residenza == true"
    assert imported.written.shared.questions["asked_residenza"].words["de"].endswith("In der Gemeinde wohnhaft.")


def test_json_ld_with_a_context_of_its_own_comes_in() -> None:
    imported = import_file(DATA / "norrhav.jsonld")
    assert imported.left_out == {}
    housing = services(imported)["bostadsbidrag"]
    assert housing.name == {"sv": "Bostadsbidrag", "en": "Housing allowance"}
    assert housing.authority == {"sv": "Norrhavs kommun", "en": "Municipality of Norrhav"}
    assert [answer.event for answer in housing.answers] == ["flytt"]
    assert [criterion.rule for criterion in housing.criteria] == ["age < 29", "asked_bostadsbidrag_inkomst == true"]
    assert [(str(channel.kind), channel.address) for channel in housing.channels] == [("phone", "+46-000-22")]
    assert kinds(imported) == {"expression": "requirement 'Your income is low.'"}


@pytest.mark.parametrize("file", ["valdora.ttl", "norrhav.jsonld", "broken.ttl"])
def test_what_no_machine_can_read_is_unknown_until_somebody_answers(file: str) -> None:
    imported = import_file(DATA / file)
    nobody = known()
    assert imported.asked
    for service_id, criterion_id in imported.asked:
        criterion = next(c for c in services(imported)[service_id].criteria if c.id == criterion_id)
        attribute = criterion.rule.removesuffix(" == true")
        assert attribute in imported.written.shared.questions
        assert evaluate(parse_rule(criterion.rule), nobody) is None
        for answer in (True, False):
            assert evaluate(parse_rule(criterion.rule), known({attribute: answer})) is answer


def test_a_service_without_a_condition_is_nobodys_by_itself() -> None:
    imported = import_file(DATA / "valdora.ttl")
    energy = services(imported)["val_2024_019"]
    assert [criterion.id for criterion in energy.criteria] == [
        "conditions_of_the_authority",
        "territory_of_the_authority",
    ]
    assert all((energy.id, criterion.id) in imported.asked for criterion in energy.criteria)
    assert "no-condition" in kinds(imported)
    assert "Alta valle" in energy.criteria[1].unknown["it"]


@pytest.mark.parametrize("file", ["valdora.ttl", "norrhav.jsonld", "broken.ttl"])
def test_what_came_in_loads_as_a_catalogue(file: str, tmp_path: Path) -> None:
    imported = import_file(DATA / file)
    write_catalogue(tmp_path / "c", imported.written, beside={"report.json": imported.report()})
    assert load_catalogue(tmp_path / "c").version == imported.written.version()
    report = json.loads((tmp_path / "c" / "report.json").read_text(encoding="utf-8"))
    assert report["imported"] == imported.counts()
    assert sum(map(len, report["faults"].values())) == len(imported.faults)


def test_a_broken_file_is_told_of_fault_by_fault_with_its_subject() -> None:
    imported = import_file(DATA / "broken.ttl")
    assert imported.left_out == {
        "public service 'noName' <https://broken.example/noName>": "has no name",
        "public service 'A service that nobody decides on' <https://broken.example/noAuthority>": (
            "names no authority that decides on it"
        ),
        "public service 'A service of an office described elsewhere' <https://broken.example/unknownAuthority>": (
            "is decided on by <https://registry.example/org/99>, which has no name"
        ),
    }
    sound = "public service 'A sound service' <https://broken.example/sound>"
    assert kinds(imported) == {
        "service-title": "public service 'noName' <https://broken.example/noName>",
        "service-authority": "public service 'A service that nobody decides on' <https://broken.example/noAuthority>",
        "service-authority-class": (
            "public service 'A service of an office described elsewhere' <https://broken.example/unknownAuthority>"
        ),
        "organisation-territory": "public organisation 'Office' <https://broken.example/office>",
        "requirement": "requirement 'mute' <https://broken.example/mute>",
        "named-title": "evidence 'e1'",
        "identified-identifier": f"channel without a name of {sound}",
        **dict.fromkeys(
            ["service-one-identifier", "service-title-language", "service-requirement-node", "service-time"], sound
        ),
        **dict.fromkeys(["service-event-class", "text-twice", "authorities", "evidence", "channel"], sound),
        "processing-time": sound,
    }
    assert list(services(imported)) == ["also_sound"]
    assert all(fault.what and fault.done and "\n" not in fault.what for fault in imported.faults)


def test_a_file_of_which_nothing_can_come_in_says_why_for_each() -> None:
    imported = import_file(DATA / "broken.jsonld")
    assert imported.written.services == ()
    assert imported.left_out["public service 'Bus pass'"] == "has no description"
    assert "which has no name" in imported.left_out["public service 'Tram pass' <https://broken.example/s2>"]


@pytest.mark.parametrize(
    "expression",
    [
        "true",
        "1 == 1",
        "age",
        "income < 5",
        "age >= 18 and income < 5",
        "__import__('os')",
        "(" * 500,
        "",
        "age >= 18 or today() > date('2000-01-01')",
        "age >= 18 or today() < date('2100-01-01')",
        "happened('moved')",
    ],
)
def test_an_expression_that_is_no_rule_over_its_concept_is_asked(expression: str, tmp_path: Path) -> None:
    concept = f'[ a v:InformationConcept ; d:identifier "age" ; v:expressionOfExpectedValue "{expression}" ]'
    rest = f'; v:holdsRequirement [ a v:Constraint ; d:identifier "r" ; d:title "R"@en ; v:constrains {concept} ] .'
    imported = import_file(turtle(tmp_path, rest))
    assert imported.asked == {("a", "r")}


@pytest.mark.parametrize("expression", [">= 18", "age >= 18", "18 <= age", "in (18, 19)"])
def test_an_expression_over_its_concept_is_the_rule(expression: str, tmp_path: Path) -> None:
    concept = f'[ a v:InformationConcept ; d:identifier "age" ; v:expressionOfExpectedValue "{expression}" ]'
    rest = f'; v:holdsRequirement [ a v:Constraint ; d:identifier "r" ; d:title "R"@en ; v:constrains {concept} ] .'
    imported = import_file(turtle(tmp_path, rest))
    assert imported.asked == frozenset()
    rule = parse_rule(services(imported)["a"].criteria[0].rule)
    assert [evaluate(rule, known({"age": age})) for age in (17.0, 18.0)] == [False, True]
    assert evaluate(rule, known()) is None


def test_rules_of_several_concepts_hold_together_whatever_joins_them_inside(tmp_path: Path) -> None:
    concept = '[ a v:InformationConcept ; d:identifier "%s" ; v:expressionOfExpectedValue "%s" ]'
    concepts = ", ".join((concept % ("age", "age < 18 or age >= 65"), concept % ("income", "< 5")))
    rest = f'; v:holdsRequirement [ a v:Constraint ; d:identifier "r" ; d:title "R"@en ; v:constrains {concepts} ] .'
    rule = parse_rule(services(import_file(turtle(tmp_path, rest)))["a"].criteria[0].rule)
    assert evaluate(rule, known({"age": 17.0, "income": 9.0})) is False
    assert evaluate(rule, known({"age": 70.0, "income": 1.0})) is True


HOSTILE = {
    "deep.ttl": MINIMAL + "; v:holdsRequirement " + "[ v:hasRequirement " * 5_000 + "1" + " ]" * 5_000 + " .",
    "lists.ttl": MINIMAL + "; v:holdsRequirement " + "(" * 100_000 + ")" * 100_000 + " .",
    "huge.ttl": MINIMAL + f'; d:title "{"x" * (LONGEST + 1)}"@en .',
    "half.ttl": MINIMAL + '; d:title "never ends',
    "nonsense.ttl": "<a> <b> . . ; ]",
    "binary.ttl": "\x00\x01\x02",
    "xml.ttl": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>',
    "empty.ttl": "",
    "other.ttl": "<urn:x:a> <urn:x:b> <urn:x:c> .",
    "language.ttl": MINIMAL + '; d:title "x"@not_a_language .',
    "deep.jsonld": '{"a":' * 20_000 + "1" + "}" * 20_000,
    "flat.jsonld": "[" * (DEEPEST + 2) + "]" * (DEEPEST + 2),
    "remote.jsonld": '{"@context": "https://elsewhere.example/context.jsonld", "a": 1}',
    "listed.jsonld": '{"@context": [{"a": "urn:x:a"}, "file:///etc/passwd"], "a": 1}',
    "inner.jsonld": '{"@context": {"b": {"@id": "urn:x:b", "@context": "http://127.0.0.1:9/c"}}, "b": {"b": 1}}',
    "imported.jsonld": '{"@context": {"@import": "http://127.0.0.1:9/c"}, "@id": "urn:x:a"}',
    "number.jsonld": "7",
    "context.jsonld": '{"@context": {"@vocab": 7}, "a": [null, {"@value": {}}]}',
    "half.jsonld": '{"@id": ',
    "rdf.xml": "<rdf/>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_one_clear_line(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(HOSTILE[name], encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        import_file(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(file)) + 400


def test_what_a_file_says_lies_elsewhere_is_not_fetched(tmp_path: Path) -> None:
    rest = "; <http://www.w3.org/2002/07/owl#imports> <http://127.0.0.1:9/more> . <http://127.0.0.1:9/me> a "
    rest += (
        "<http://www.w3.org/2002/07/owl#Ontology> ; <http://www.w3.org/2002/07/owl#imports> <http://127.0.0.1:9/x> ."
    )
    assert list(services(import_file(turtle(tmp_path, rest)))) == ["a"], "sockets are off in these tests"


def test_a_file_over_the_bound_is_not_even_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "large.ttl"
    with file.open("wb") as opened:
        opened.truncate(LARGEST_BYTES * 50)
    with pytest.raises(CatalogueError, match="over 20 MB"):
        read_graph(file)


def test_a_file_that_is_not_there_or_not_utf8_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="No such file"):
        read_graph(tmp_path / "absent.ttl")
    (tmp_path / "latin.ttl").write_bytes('<urn:x:a> <urn:x:b> "é" .'.encode("latin-1"))
    with pytest.raises(CatalogueError, match="not UTF-8 at byte 21"):
        read_graph(tmp_path / "latin.ttl")


def test_markup_and_control_signs_in_texts_stay_text_in_one_line(tmp_path: Path) -> None:
    rest = r'; d:title "<script>alert(1)</script>\u0000\u202e{text}"@de .'
    imported = import_file(turtle(tmp_path, rest))
    assert services(imported)["a"].name["de"] == "<script>alert(1)</script> {text}"

"""A descriptor that says something wrong is refused in one line that says what and where."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from features.descriptor import Role, load_descriptor
from recommender.errors import DescriptorError

ROOT = Path(__file__).parents[2]
TABLE = {
    "register": "population",
    "authority": "Ministry",
    "kind": "history",
    "file": "a.csv",
    "columns": {"person": "pseudonym", "as_of": "as_of", "birth_date": {"role": "static", "type": "date"}},
}


def content(**changes: Any) -> dict[str, Any]:
    head = {"dataset": "town", "horizon": "P1Y", "decision_times": "monthly", "needs": {}, "tables": {"people": TABLE}}
    return {**head, **changes}


def table(**changes: Any) -> dict[str, Any]:
    return content(tables={"people": {**TABLE, **changes}})


def columns(**more: Any) -> dict[str, Any]:
    return table(columns={**TABLE["columns"], **more})  # type: ignore[dict-item]


def refused(tmp_path: Path, said: Any) -> str:
    path = tmp_path / "dataset.yaml"
    path.write_text(said if isinstance(said, str) else yaml.safe_dump(said), encoding="utf-8")
    with pytest.raises(DescriptorError) as error:
        load_descriptor(path)
    assert "\n" not in str(error.value)
    assert "dataset.yaml" in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("dataset: [", "cannot be read as YAML"),
        ("just words", "is not a descriptor"),
        (content(colour="red"), "colour"),
        (content(dataset="Town!"), "dataset"),
        (content(horizon="one year"), "horizon"),
        (content(time_zone="Europe/Atlantis"), "not an IANA time zone"),
        (content(derived={"age": {"years_since": "birth_year"}}), "'birth_year' is no attribute"),
        (content(needs={"moved": {}}), "exactly one of event and use"),
        (content(legal_ground={"inform": {"column": "people.may"}}), "no column of role legal_ground"),
        (content(protected_address="hidden"), "'hidden' is no boolean attribute"),
        (content(protected_address="birth_date"), "'birth_date' is no boolean attribute"),
        (table(file=None), "people.file"),
        (table(kind="diary"), "people.kind"),
        (table(rejects_at_most=2), "rejects_at_most"),
        (table(known_from="long ago"), "known_from"),
        (columns(aid="service"), "a use log needs one of use"),
        (table(covers={"roster": "nobody"}), "covers"),
        (table(columns={"as_of": "as_of"}), "exactly one column of role pseudonym"),
        (columns(other="register_number"), "exactly one column of role pseudonym"),
        (columns(x="wizard"), "people.columns.x"),
        (columns(x={"role": "attribute"}), "column x: an attribute needs a type"),
        (columns(x={"role": "holds"}), "column x: holds needs `service:`"),
        (columns(known_at={"role": "attribute", "type": "text"}), "the name is Herald's own"),
        (columns(x="known", y="known"), "2 columns of role known"),
        (columns(what="event_type"), "events and uses need one of happened"),
        (columns(day="happened", use="use"), "a use log needs one of service"),
        (columns(gone="withdrawn"), "withdrawn needs one of corrects"),
        (columns(drawn="extract_date"), "belongs to kind: snapshot"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(said: Any, words: str, tmp_path: Path) -> None:
    assert words in refused(tmp_path, said)


def test_a_descriptor_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DescriptorError, match="no descriptor at"):
        load_descriptor(tmp_path / "dataset.yaml")


def test_the_same_attribute_in_two_tables_is_refused(tmp_path: Path) -> None:
    assert "stands in both" in refused(tmp_path, content(tables={"people": TABLE, "again": TABLE}))


def test_the_example_of_the_documentation_is_a_descriptor(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(dataset:.*?)```", (ROOT / "docs/descriptor.md").read_text(encoding="utf-8"), re.S)
    assert example is not None
    path = tmp_path / "dataset.yaml"
    path.write_text(example[1], encoding="utf-8")
    found = load_descriptor(path)
    assert found.folder == tmp_path
    assert found.tables["residents"].column(Role.KNOWN) == "recorded"
    assert found.attributes["income"][1].sensitive


def test_words_and_dates_that_yaml_would_change_stay_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "dataset.yaml"
    text = yaml.safe_dump(table(known_from="KNOWN", columns={**TABLE["columns"], "ON": "known"}))  # type: ignore[dict-item]
    path.write_text(text.replace("KNOWN", "2020-01-01").replace("'ON'", "on").replace("ON:", "on:"), encoding="utf-8")
    people = load_descriptor(path).tables["people"]
    assert people.column(Role.KNOWN) == "on"
    assert people.known_from == "2020-01-01"


def test_every_role_is_documented() -> None:
    roles = (ROOT / "docs/descriptor.md").read_text(encoding="utf-8").split("## Roles")[1].split("Types:")[0]
    assert [role for role in Role if f"`{role}`" not in roles] == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("experiments/*/dataset.yaml")), ids=lambda path: path.parent.name)
def test_the_descriptors_of_the_repository_can_be_read(path: Path) -> None:
    assert load_descriptor(path).needs

"""The rehearsal of a change of law on a small town: who gains, who loses, what would be told; counted by hand."""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

from features.catalogue_commands import catalogue
from features.descriptor import load_descriptor
from features.ingest.run import ingest
from features.states import build_states
from features.workspace import Workspace
from recommender.errors import CatalogueError, HeraldError, SetupError

PEOPLE = 300
"""Ages run from 0 to 99, three of each; every third is male, and everybody over 79 has no known age."""


def _dataset(folder: Path) -> Path:
    day = pl.datetime(2024, 1, 1, time_zone="UTC")
    people = pl.DataFrame({"citizen_id": [f"p{i:03}" for i in range(PEOPLE)]}).with_row_index("i")
    people.select(
        "citizen_id",
        day.alias("known"),
        pl.when(pl.col("i") % 3 == 0).then(pl.lit("male")).otherwise(pl.lit("female")).alias("sex"),
        pl.when(pl.col("i") // 3 < 80).then((pl.col("i") // 3).cast(pl.Float64)).alias("years"),
    ).write_parquet(folder / "people.parquet")
    moved = people.filter(pl.col("i") % 2 == 0)
    moved.select(
        ("e" + pl.col("citizen_id")).alias("fact_id"),
        "citizen_id",
        pl.lit("moved").alias("event_type"),
        pl.datetime(2024, 1, 20, time_zone="UTC").alias("happened_at"),
        pl.datetime(2024, 1, 21, time_zone="UTC").alias("known"),
    ).write_parquet(folder / "events.parquet")
    roles = {"citizen_id": "pseudonym", "known": "known"}
    event = {**roles, "fact_id": "fact_id", "event_type": "event_type", "happened_at": "happened"}
    sex = {"role": "static", "type": "category", "protected": True}
    years = {"role": "static", "type": "number"}
    table = {"register": "population", "authority": "Office", "kind": "history"}
    descriptor = {
        "dataset": "small_town",
        "horizon": "P1Y",
        "decision_times": "yearly",
        "tables": {
            "people": {**table, "file": "people.parquet", "columns": {**roles, "sex": sex, "years": years}},
            "events": {**table, "file": "events.parquet", "columns": event},
        },
        "needs": {"moved": {"event": "moved", "services": ["pass"]}},
    }
    path = folder / "dataset.yaml"
    path.write_text(yaml.safe_dump(descriptor), encoding="utf-8")
    loaded = load_descriptor(path)
    workspace = Workspace(folder / "var" / "small_town")
    ingest(loaded, folder, workspace)
    build_states(workspace, loaded, grow=True)
    return path


def _catalogue(folder: Path, **rules: str) -> Path:
    folder.mkdir()
    text = {"en": "text"}
    for service_id, rule in rules.items():
        criterion = {"id": "c", "rule": rule, "met": text, "unmet": text, "unknown": text, "source": "Act"}
        service = {"id": service_id, "name": text, "description": text, "authority": text, "need": "moved"}
        service |= {"answers": [{"event": "moved", "within": "P3M"}], "usage": "repeatable", "criteria": [criterion]}
        (folder / f"{service_id}.yaml").write_text(yaml.safe_dump(service), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _dataset(tmp_path_factory.mktemp("small"))


def _diff(town: Path, old: Path, new: Path, *more: str) -> Any:
    arguments = ["diff", str(old), str(new), "--dataset", str(town), "--var", str(town.parent / "var"), "--json", *more]
    result = CliRunner().invoke(catalogue, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.strip().splitlines()[-1])


def test_who_gains_who_loses_and_what_would_be_told(town: Path, tmp_path: Path) -> None:
    old = _catalogue(tmp_path / "old", pensioner="years >= 65", same="years >= 10", gone="years >= 0")
    new = _catalogue(tmp_path / "new", pensioner="years >= 60", same="years >= 10", fresh="sex == 'male'")
    found = _diff(town, old, new)
    assert found["people"] == PEOPLE
    pensioner = found["services"]["pensioner"]
    assert (pensioner["become_eligible"], pensioner["lose"], pensioner["become_unknown"]) == (15, 0, 0)
    assert pensioner["eligible_after"] == 60
    assert pensioner["groups"]["sex=female"]["become_eligible"] == 10
    assert pensioner["groups"]["sex=male"]["become_eligible"] is None  # five people: too few to tell
    assert "same" not in found["services"]
    assert found["services"]["gone"]["lose"] == 240
    assert found["services"]["fresh"]["become_eligible"] == 100
    moved = [i for i in range(PEOPLE) if i % 2 == 0]
    gaining = [i for i in moved if 60 <= i // 3 < 65 or i % 3 == 0]
    assert found["notified_at_once"] == len(gaining)
    assert found["notifications_a_day"] > 0


def test_a_rule_that_asks_what_nobody_knows_makes_people_unknown(town: Path, tmp_path: Path) -> None:
    old, new = _catalogue(tmp_path / "a", aid="years >= 0"), _catalogue(tmp_path / "b", aid="years >= 0 and income < 5")
    aid = _diff(town, old, new)["services"]["aid"]
    assert (aid["become_unknown"], aid["become_eligible"]) == (240, 0)  # the other sixty were unknown before


def test_the_same_catalogue_changes_nothing_and_the_past_is_seen_as_it_was(town: Path, tmp_path: Path) -> None:
    old = _catalogue(tmp_path / "old", aid="years >= 65")
    assert _diff(town, old, old)["services"] == {}
    new = _catalogue(tmp_path / "new", aid="years >= 60")
    early = _diff(town, old, new, "--as-of", "2024-01-10")
    assert early["services"]["aid"]["told_at_once"] == 0  # nobody had moved yet
    assert _diff(town, old, new, "--by", "years")["services"]["aid"]["groups"]["years=60.0"]["become_eligible"] is None


def test_the_table_and_the_picture_are_made_and_say_that_nothing_was_sent(town: Path, tmp_path: Path) -> None:
    old, new = _catalogue(tmp_path / "old", aid="years >= 65"), _catalogue(tmp_path / "new", aid="years >= 60")
    picture = tmp_path / "change.svg"
    arguments = ["diff", str(old), str(new), "--dataset", str(town), "--var", str(town.parent / "var")]
    result = CliRunner().invoke(catalogue, [*arguments, "--picture", str(picture)], catch_exceptions=False)
    assert "nothing was sent" in result.stdout
    assert "aid" in result.stdout
    assert picture.read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize(
    ("change", "error"),
    [(("--by", "shoe_size"), SetupError), (("--picture", "/nowhere/at/all.svg"), SetupError)],
)
def test_what_cannot_be_is_one_line(
    town: Path, tmp_path: Path, change: tuple[str, str], error: type[HeraldError]
) -> None:
    old = _catalogue(tmp_path / "old", aid="years >= 65")
    with pytest.raises(error) as caught:
        _diff(town, old, old, *change)
    assert "\n" not in str(caught.value)


def test_without_people_or_services_there_is_nothing_to_rehearse(town: Path, tmp_path: Path) -> None:
    old = _catalogue(tmp_path / "old", aid="years >= 65")
    (tmp_path / "bare").mkdir()
    shutil.copy(town, tmp_path / "bare" / "dataset.yaml")
    with pytest.raises(SetupError, match="herald ingest"):
        _diff(tmp_path / "bare" / "dataset.yaml", old, old)
    with pytest.raises(CatalogueError, match="no public service"):
        _diff(town, old, tmp_path / "absent")

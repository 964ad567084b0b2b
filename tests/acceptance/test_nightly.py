"""The nightly run finds whom no new fact would have found, once, and goes on where it was stopped."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recommender.errors import NoChampionError, WorkspaceError
from recommender.identifiers import CitizenId
from serving.deciding.nightly import Nightly

PEOPLE = [CitizenId(name) for name in ("anna", "bert", "cora", "zoe")]


def _nightly(town: Any, folder: Path) -> Nightly:
    return Nightly(town.herald.decider, folder / "nightly.json", "UTC")


def _quiet(done: int, of: int) -> None:
    assert done <= of


def test_what_the_cap_held_back_is_told_when_the_cap_lifts(town: Any, tmp_path: Path) -> None:
    town.tell("e1", "anna")
    town.tell("e2", "anna", event="job_lost")
    town.settle()
    assert len(town.inbox("anna")) == 1
    town.clock.move(timedelta(days=7))
    counts = _nightly(town, tmp_path).run(PEOPLE, _quiet)
    town.settle()
    assert (counts.decided, counts.pushed, counts.unknown, counts.failed) == (3, 1, 1, 0)
    assert len(town.inbox("anna")) == 2
    again = _nightly(town, tmp_path).run(PEOPLE, _quiet)
    assert (again.decided, again.left) == (0, 4)


def test_a_run_that_was_stopped_goes_on_behind_its_mark_and_only_on_the_same_day(town: Any, tmp_path: Path) -> None:
    nightly = _nightly(town, tmp_path)
    assert nightly.run(PEOPLE[:2], _quiet).decided == 2
    rest = nightly.run(PEOPLE, _quiet)
    assert (rest.left, rest.decided) == (2, 1)
    town.clock.move(timedelta(days=1))
    assert nightly.run(PEOPLE, _quiet).left == 0
    nightly.mark.write_text("{half")
    assert nightly.run(PEOPLE, _quiet).left == 0


def test_one_citizens_trouble_stops_no_other(town: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = town.features.read

    def reading(citizen_id: str, as_of: Any) -> Any:
        if citizen_id == "anna":
            raise WorkspaceError("the online store is away", mend="start it")
        return read(citizen_id, as_of)

    monkeypatch.setattr(town.features, "read", reading)
    counts = _nightly(town, tmp_path).run(PEOPLE, _quiet)
    assert (counts.failed, counts.decided) == (1, 2)
    assert counts.reasons == ["the online store is away; start it"]


def test_without_a_champion_nobody_is_decided_on(open_town: Any, tmp_path: Path) -> None:
    town = open_town(with_champion=False)
    with pytest.raises(NoChampionError):
        _nightly(town, tmp_path).run(PEOPLE, _quiet)

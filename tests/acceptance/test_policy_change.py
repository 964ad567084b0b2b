"""A threshold changes while real servers decide: each decision carries its own version, and all of them replay."""

import re
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.errors import PublicationError
from tests.town_served import START, Place, Portal, place_at, train_town

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_town(tmp_path_factory.mktemp("town"))


@pytest.fixture
def place(trained: Path, tmp_path: Path) -> Iterator[Place]:
    with place_at(trained, tmp_path / "herald.db") as made:
        yield made


def _versions(place: Place) -> tuple[str, str]:
    return load_catalogue(place.folder / "services").version, load_catalogue(place.folder / "draft").version


def test_decisions_before_and_after_a_change_of_policy_carry_their_own_version_and_all_replay(place: Place) -> None:
    old, new = _versions(place)
    first, second = place.serve(), place.serve()
    decided: list[tuple[Portal, str]] = []
    over = threading.Event()

    def telling(portal: Portal, number: int) -> None:
        while not over.is_set():
            decided.append((portal, portal.tell(number, datetime.fromisoformat(START))))
            number += 2
            time.sleep(0.03)

    tellers = [threading.Thread(target=telling, args=(portal, i)) for i, portal in enumerate((first, second))]
    for thread in tellers:
        thread.start()
    began = time.monotonic()
    withdrawn = place.drafted(datetime.fromisoformat(START) + timedelta(days=999))
    place.catalogue("rollback", withdrawn, "--by", "Anna Ahn", "--note", "a rehearsal, to see how fast this machine is")
    lead_s = 4 + 4 * (time.monotonic() - began)
    instant = max(first.now(), second.now()) + timedelta(seconds=lead_s)
    version = place.drafted(instant)
    with pytest.raises(PublicationError, match="another person must approve"):
        place.catalogue("approve", version, "--by", "anna AHN")
    assert "is approved" in place.catalogue("approve", version, "--by", "Bert Bo")
    approved_at = max(first.now(), second.now())
    assert approved_at < instant, "this machine is too slow for the test: it must see the change before it comes"
    while min(first.now(), second.now()) < instant + timedelta(seconds=2):
        time.sleep(0.1)
    over.set()
    for thread in tellers:
        thread.join()

    sides = {"before": 0, "after": 0}
    for portal, decision_id in decided:
        shown = portal.receipt(decision_id)
        later = datetime.fromisoformat(shown["receipt"]["as_of"]) >= instant
        sides["after" if later else "before"] += 1
        assert shown["receipt"]["versions"]["catalogue"] == (new if later else old)
        assert shown["approval"]["approved_by"] == ("Bert Bo" if later else None)
        assert shown["approval"]["from_descriptor"] is not later
        rules = {c["rule"] for line in shown["receipt"]["candidates"] for c in line["criteria"]}
        assert rules == {"income < 80" if later else "income < 50"}
    assert min(sides.values()) >= 10, sides
    assert first.in_force() == second.in_force() == new
    assert place.log().count('"event": "catalogue_taken_up"') == 4, "each server its first version, then the new one"

    place.catalogue("rollback", "--by", "Cora Cho", "--note", "a mistake", version)
    until = time.monotonic() + 10
    while time.monotonic() < until and {first.in_force(), second.in_force()} != {old}:
        time.sleep(0.05)
    back = first.receipt(first.tell(7, datetime.fromisoformat(START)))
    assert back["receipt"]["versions"]["catalogue"] == old

    told = place.herald("replay", place.descriptor, "--sample", "2000")
    total = int(re.search(r"(\d+) decisions replayed", told)[1])  # type: ignore[index]
    assert total > len(decided)
    assert f"{total} identical, 0 differs, 0 impossible" in told
    one = place.herald("replay", place.descriptor, decided[-1][1])
    assert f"decision {decided[-1][1]}: identical (catalogue {new[:12]}, model 1)" in one


def test_a_server_killed_between_draft_and_approval_comes_back_with_the_former_version(place: Place) -> None:
    old, new = _versions(place)
    server = place.serve()
    version = place.drafted(datetime.fromisoformat(START) - timedelta(days=1))
    place.kill()
    server = place.serve()
    assert server.in_force() == old
    place.catalogue("approve", version, "--by", "Bert Bo")
    until = time.monotonic() + 10
    while time.monotonic() < until and server.in_force() != new:
        time.sleep(0.05)
    assert server.in_force() == new
    place.kill()
    assert place.serve().in_force() == new


def test_a_model_that_is_only_in_the_registry_is_fetched_for_a_replay(place: Place) -> None:
    decision_id = place.serve().tell(3, datetime.fromisoformat(START))
    place.kill()
    copies = place.folder / "var" / "town" / "champion"
    aside = copies.rename(copies.with_name("champion-aside"))
    try:
        assert "identical" in place.herald("replay", place.descriptor, decision_id)
    finally:
        aside.rename(copies)
    assert "no such decision" in place.herald("replay", place.descriptor, "nowhere", code=2)

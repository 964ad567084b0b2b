"""A stored catalogue says, years later, what its files said."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from recommender.adapters.stored_catalogue import stored_catalogue, stored_forms
from recommender.adapters.yaml_catalogue import Written, load_catalogue, read_catalogue, version_of
from recommender.errors import CatalogueError, ReceiptError
from recommender.policy import PushPolicy
from recommender.stored_policy import stored_policy
from tests.catalogue_forms import catalogues

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(folder for folder in ROOT.glob("experiments/*/services") if folder.is_dir())

GOLDEN = (
    b'[{"answers": [{"event": "child_born", "within": "P1Y"}], "authority": "office", "criteria": [{"id": "resident", '
    b'"in_force": {"from": "2030-01-01"}, "met": {"en": "Yes"}, "rule": "resident == true", '
    b'"source": {"act": "Act 1"}, "unknown": {"en": "?"}, "unmet": {"en": "No"}}], '
    b'"description": {"en": "Aid"}, "id": "aid", "name": {"en": "Aid"}, "need": "aid", '
    b'"season": {"from": "09-01", "to": "02-29"}, "usage": "once"}, '
    b'{"authorities": {"office": {"name": {"en": "Office"}}}}]'
)
GOLDEN_VERSION = "04adda1738456054015713a99b87f32fb07b842513d0c4b37878107f9dd5e8b9"
"""By sha256sum: a later Herald must read what this one stored, and know it by the same name."""


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_a_folder_that_is_stored_is_the_same_catalogue(folder: Path) -> None:
    written, loaded = read_catalogue(folder), load_catalogue(folder, ["en"])
    again = stored_catalogue(loaded.version, written.content(), ["en"])
    assert again == loaded
    assert again.services == loaded.services


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(catalogues())
def test_any_forms_come_back_from_their_content(written: Written) -> None:
    again = stored_forms(written.version(), written.content())
    assert [form for _, form in again.services] == [form for _, form in written.services]
    assert again.shared == written.shared
    assert again.content() == written.content()


def test_a_content_of_this_version_stays_readable_and_keeps_its_hash() -> None:
    version = version_of(GOLDEN)
    assert version == GOLDEN_VERSION
    aid = stored_catalogue(version, GOLDEN).services[0]
    assert aid.season is not None
    assert (aid.season.first, aid.season.last) == ((9, 1), (2, 29))
    assert aid.authority == {"en": "Office"}
    assert stored_forms(version, GOLDEN).version() == version


def test_a_content_that_was_changed_is_refused() -> None:
    version = version_of(GOLDEN)
    with pytest.raises(CatalogueError, match="changed after it was published"):
        stored_catalogue(version, GOLDEN.replace(b"== true", b"!= true"))


@pytest.mark.parametrize("content", [b"\xff", b"{", b"7", b'["x"]', b'[{"id": "aid", "later_field": 1}]'])
def test_a_content_that_this_herald_cannot_read_is_one_line(content: bytes) -> None:
    with pytest.raises(CatalogueError, match="newer Herald"):
        stored_catalogue(version_of(content), content)


def test_a_policy_comes_back_from_its_content() -> None:
    policy = PushPolicy(per_week=2, not_now_days=30)
    assert stored_policy(policy.content) == policy
    assert stored_policy(policy.content).version == policy.version


@pytest.mark.parametrize("change", [{"revision": 1}, {"per_fortnight": 3}])
def test_a_policy_of_another_revision_is_not_replayed_with_this_code(change: dict[str, int]) -> None:
    content = json.dumps({**json.loads(PushPolicy().content), **change}, sort_keys=True)
    with pytest.raises(ReceiptError, match="the Herald that made it"):
        stored_policy(content)

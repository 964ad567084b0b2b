"""Nobody learns from the record of a person who says that it is wrong."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.disputing import disputing, keep_disputing
from features.schema import load_schema
from recommender.errors import WorkspaceError
from tests.training_town import build_town
from training.dataset import Source


def test_who_disputes_a_fact_is_out_of_training_until_it_is_settled(tmp_path: Path) -> None:
    descriptor, workspace = build_town(people=40).load(tmp_path)
    source = Source(workspace, descriptor, load_schema(workspace))
    asked = [datetime(2006, 12, 31, tzinfo=UTC)], datetime(2009, 12, 31, tzinfo=UTC)
    assert disputing(workspace) == frozenset()
    everybody = set(source.labelled(*asked).citizens)
    keep_disputing(workspace, ["p00007"])
    assert set(source.labelled(*asked).citizens) == everybody - {"p00007"}
    keep_disputing(workspace, [])
    assert set(source.labelled(*asked).citizens) == everybody
    workspace.disputing_file.write_text("[")
    with pytest.raises(WorkspaceError, match="restart the server"):
        source.labelled(*asked)

"""`herald train`, `herald promote` and `herald backtest` as a data scientist types them."""

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from recommender.cli import build
from recommender.errors import HeraldError, ModelError
from tests.training_town import build_town


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("commands")
    build_town().load(folder)
    return folder


def herald(*words: str) -> str:
    """What the command prints. Raises what it raises."""
    done = CliRunner().invoke(build(), list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_train_tells_figures_verdict_and_where_to_look(folder: Path) -> None:
    told = herald("train", str(folder / "town.yaml"), "--var", str(folder / "var"), "--no-promote")
    assert "logistic" in told
    assert "version 1 of herald-needs: passed" in told
    assert "there is no champion yet" in told
    assert "mlflow ui --backend-store-uri sqlite:///" in told
    assert "a stand-in for the need" in told


def test_promote_wants_a_name_and_moves_the_alias(folder: Path) -> None:
    descriptor, var = str(folder / "town.yaml"), str(folder / "var")
    herald("train", descriptor, "--var", var, "--no-promote")
    with pytest.raises(ModelError, match="name of who answers"):
        herald("promote", descriptor, "1", "--approve", " ", "--var", var)
    assert "approved by Ann Example" in herald("promote", descriptor, "1", "--approve", "Ann Example", "--var", var)


def test_promote_before_any_training_says_so(tmp_path: Path) -> None:
    build_town(people=100).write(tmp_path)
    with pytest.raises(ModelError, match="nothing was trained yet"):
        herald("promote", str(tmp_path / "town.yaml"), "1", "--approve", "Ann", "--var", str(tmp_path / "var"))
    assert not (tmp_path / "var").exists()


def test_backtest_writes_what_it_was_asked_for(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.parquet"
    days = ["--train-through", "2006-12-31", "--validate-through", "2007-12-31", "--as-of", "2007-12-31"]
    told = herald("backtest", str(folder / "town.yaml"), "--tables", str(folder), *days, "--out", str(out))
    assert "predictions are in" in told
    assert pl.read_parquet(out).height == 1200 * 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--train-through", "soon"], "not an ISO 8601"),
        (["--validate-through", "2005-12-31"], "later than"),
        (["--as-of", "2003-12-31"], "would know what it predicts"),
        (["--out", "/nowhere/at/all.parquet"], "there is no folder"),
        (["--tables", "/nowhere"], "people"),
    ],
)
def test_a_wrong_backtest_is_told_in_one_line(folder: Path, tmp_path: Path, words: list[str], message: str) -> None:
    options = {
        "--tables": str(folder),
        "--train-through": "2006-12-31",
        "--validate-through": "2007-12-31",
        "--as-of": "2007-12-31",
        "--out": str(tmp_path / "p.parquet"),
    }
    options[words[0]] = words[1]
    with pytest.raises(HeraldError, match=message) as told:
        herald("backtest", str(folder / "town.yaml"), *(word for pair in options.items() for word in pair))
    assert "\n" not in str(told.value)
    assert not list(tmp_path.iterdir())

"""`herald notify preview` shows what a citizen would read, and sends nothing."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from recommender.errors import SetupError
from serving.commands.messages import notify

CITY = "experiments/city/dataset.yaml"


def preview(*options: str) -> str:
    result = CliRunner().invoke(notify, ["preview", CITY, *options], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_the_terminal_shows_every_channel_in_every_language() -> None:
    shown = preview("--service", "birth_allowance")
    for words in ("email", "sms", "webpush", "letter", "counter", "Birth allowance", "生育补贴", "孩子出生"):
        assert words in shown


def test_one_channel_one_language_one_kind() -> None:
    shown = preview("--service", "birth_allowance", "--channel", "sms", "--language", "zh", "--kind", "correction")
    assert shown.count("─ ") + shown.count("──") > 0
    assert "有误" in shown
    assert "You may" not in shown


def test_files_hold_every_service_of_the_catalogue(tmp_path: Path) -> None:
    preview("--out", str(tmp_path / "sheets"), "--language", "en")
    names = {file.name for file in (tmp_path / "sheets").iterdir()}
    services = {file.stem for file in Path("experiments/city/services").glob("[a-z]*.yaml")}
    assert {f"{service}.email.en.html" for service in services} <= names
    assert {f"{service}.sms.en.txt" for service in services} <= names


def test_a_service_that_there_is_not_is_named() -> None:
    with pytest.raises(SetupError, match="birth_allowance"):
        CliRunner().invoke(notify, ["preview", CITY, "--service", "birth_alowance"], catch_exceptions=False)

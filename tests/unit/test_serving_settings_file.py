"""Settings come from a file and the environment; a secret never from a file."""

from pathlib import Path

import pytest

from recommender.adapters.settings import read_settings
from recommender.errors import SettingsError
from serving.settings import ServingSettings


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    written = tmp_path / "herald.toml"
    monkeypatch.setenv("HERALD_SETTINGS", str(written))
    return written


def test_the_environment_wins_over_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('[serving]\nport = 9000\nhost = "::1"\n[features]\nvar = "x"\n')
    monkeypatch.setenv("HERALD_SERVING_PORT", "9001")
    settings = read_settings(ServingSettings)
    assert (settings.host, settings.port) == ("::1", 9001)


def test_a_secret_in_the_file_is_refused_with_the_name_of_its_variable(file: Path) -> None:
    file.write_text('[serving]\ntoken_secret = "abc"\n')
    with pytest.raises(SettingsError, match="HERALD_SERVING_TOKEN_SECRET"):
        read_settings(ServingSettings)


def test_a_setting_that_does_not_exist_or_is_malformed_is_named(file: Path) -> None:
    file.write_text('[serving]\nprot = 9000\nport = "many"\n')
    with pytest.raises(SettingsError, match=r"prot.*") as raised:
        read_settings(ServingSettings)
    assert "port" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", ["port 9000", "serving = 1", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_told_in_one_line(file: Path, content: str | bytes) -> None:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SettingsError, match=r"herald\.toml cannot be read") as raised:
        read_settings(ServingSettings)
    assert "\n" not in str(raised.value)


def test_a_file_that_was_named_and_is_missing_is_not_passed_over(file: Path) -> None:
    with pytest.raises(SettingsError, match=r"names .*herald\.toml, which is no file"):
        read_settings(ServingSettings)

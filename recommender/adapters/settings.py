"""Settings of every app: one TOML file, a section and a frozen class per app; `HERALD_…` in the environment wins."""

import os
from pathlib import Path
from typing import ClassVar, TypeVar

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from recommender.errors import SettingsError

S = TypeVar("S", bound="Section")


class Section(BaseSettings):
    """Base of an app's settings class.

    A subclass sets `section` (the TOML table) and `model_config = section_config("FEATURES")`. The file is
    `herald.toml` in the working directory, or what `HERALD_SETTINGS` names. Secrets are read from the environment only.
    """

    section: ClassVar[str] = ""
    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        named = os.environ.get("HERALD_SETTINGS")
        file = Path(named or "herald.toml")
        if not named and not file.is_file():
            return init_settings, env_settings
        table = _table_in(settings_cls, file)
        written = [name for name in table.toml_data if _is_secret(cls, name)]
        if written:
            raise SettingsError(
                f"{file} [{cls.section}] holds the secret {', '.join(written)}",
                mend=f"move it into the environment: {cls.model_config.get('env_prefix')}{written[0].upper()}",
            )
        return init_settings, env_settings, table


def _table_in(cls: type[BaseSettings], file: Path) -> TomlConfigSettingsSource:
    if not file.is_file():
        raise SettingsError(f"HERALD_SETTINGS names {file}, which is no file", mend="correct the path, or unset it")
    section = getattr(cls, "section", "")
    try:
        return TomlConfigSettingsSource(cls, toml_file=file, toml_table_header=(section,))
    except (OSError, ValueError, AttributeError, TypeError) as error:
        why = " ".join(str(error).split())[:200]
        raise SettingsError(f"{file} cannot be read: {why}", mend="see .env.example for what it holds") from error


def _is_secret(cls: type[BaseSettings], name: str) -> bool:
    field = cls.model_fields.get(name)
    return field is not None and field.annotation is SecretStr


def section_config(name: str) -> SettingsConfigDict:
    """The configuration of one section: HERALD_<NAME>_<FIELD> in the environment."""
    return SettingsConfigDict(env_prefix=f"HERALD_{name}_", frozen=True, extra="forbid")


def read_settings(cls: type[S], **overrides: object) -> S:
    """Read one app's settings now. Raises SettingsError naming each wrong field in one line."""
    try:
        return cls(**overrides)
    except ValidationError as error:
        wrong = ", ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"settings [{cls.section}]: {wrong}", mend="see .env.example") from error

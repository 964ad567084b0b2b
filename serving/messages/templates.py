"""The templates in the package, by language, kind and layout; sandboxed, and strict about what they are given."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

FOLDER = Path(__file__).parent / "templates"


@cache
def languages() -> tuple[str, ...]:
    """The languages that messages can be written in, English first."""
    found = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir() and not folder.name.startswith("_"))
    return tuple(sorted(found, key=lambda language: language != "en"))


def render(language: str, kind: str, layout: str, values: Mapping[str, Any]) -> str:
    """One part of a message: the kind's words in the channel's layout. A layout that ends in `.html` escapes.

    Texts come in as values only and are never compiled, so template syntax in them is text.
    """
    environment = _environment(layout.endswith(".html"))
    template = environment.get_template(f"{language}/{kind}.j2")
    return template.render(values, layout=f"{language}/layout/{layout}.j2")


@cache
def _environment(escapes: bool) -> Environment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(FOLDER),
        autoescape=escapes,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )

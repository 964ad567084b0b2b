"""The words of the pages: one file per language. What a language lacks is shown in the first that has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "texts"
SECOND = "en"


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language, by `page.name`. language: the one they are really in."""

    language: str
    by_name: Mapping[str, str]

    def __call__(self, name: str, **filled: object) -> str:
        """One text with its blanks filled. Raises KeyError for a name that no file has."""
        return self.by_name[name].format(**filled) if filled else self.by_name[name]


@cache
def texts_in(language: str) -> Texts:
    """The texts in a language or its base, else in the second choice: the catalogue may speak more than the pages."""
    for tag in (language, language.split("-")[0], SECOND):
        file = FOLDER / f"{tag}.yaml"
        if tag.isascii() and tag.replace("-", "").isalnum() and file.is_file():
            return Texts(tag, read_texts(file))
    raise FileNotFoundError(FOLDER / f"{SECOND}.yaml")


def read_texts(file: Path) -> dict[str, str]:
    """The texts of a file by `page.name`."""
    pages = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {f"{page}.{name}": str(text) for page, named in pages.items() for name, text in named.items()}

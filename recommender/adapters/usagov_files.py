"""The folder in which the United States published its benefits: front matter, a table of criteria, texts."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from recommender.adapters.importing import LONGEST, Faults, readable
from recommender.errors import CatalogueError

LARGEST_BYTES = 2_000_000
MOST_FILES = 5_000
_MEND = "name the published folder"
_FENCE = "---"
_ITEM = re.compile(r"\s*-\s")


@dataclass(frozen=True, slots=True)
class Benefit:
    """One file of `benefits/`: its front matter as it stands."""

    name: str
    file: str
    front: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """A line of `criteria.csv`: `values` are message keys, or TRUE for a criterion that holds or does not."""

    key: str
    label: str
    kind: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """All of it. `texts` is language -> message key -> text; `text_files` is language -> the files under it.

    unread : benefits that cannot be read, with the reason.
    """

    benefits: tuple[Benefit, ...]
    unread: Mapping[str, str]
    criteria: Mapping[str, CriterionRow]
    texts: Mapping[str, Mapping[str, str]]
    text_files: Mapping[str, frozenset[str]]


def read_folder(folder: Path, languages: Sequence[str], faults: Faults) -> Folder:
    """Everything that the folder says.

    Raises CatalogueError when the folder is none of the kind: no benefits, no criteria.csv, no texts.
    """
    files = _files(folder / "benefits", ".md")
    if not files:
        raise CatalogueError(f"{folder / 'benefits'}: no benefit there", mend=_MEND)
    benefits, unread = [], {}
    for file in files:
        name = str(file.relative_to(folder))
        try:
            benefits.append(_benefit(name, file, faults))
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            unread[name] = f"cannot be read: {' '.join(str(error).split())[:160]}"
    texts = {language: read_texts(folder / "locales" / language, faults) for language in languages}
    if not any(texts.values()):
        raise CatalogueError(f"{folder / 'locales'}: no texts in {', '.join(languages)}", mend=_MEND)
    held = {
        language: frozenset(
            str(file.relative_to(folder / "locales" / language))
            for file in _files(folder / "locales" / language, ".json")
        )
        for language in languages
    }
    return Folder(tuple(benefits), unread, _criteria(folder / "criteria.csv"), texts, held)


def read_texts(folder: Path, faults: Faults) -> dict[str, str]:
    """Every text of a language: the files' flat keys; nested ones are no message keys and are passed over."""
    texts: dict[str, str] = {}
    if not folder.is_dir():
        return texts
    for file in _files(folder, ".json"):
        where = f"locales/{folder.name}/{file.relative_to(folder)}"
        for key, text in _pairs(file, where, faults):
            if not isinstance(text, str):
                continue
            if len(text) > LONGEST:
                faults.tell("text-too-long", where, f"{key} has {len(text):,} signs", "left out")
            elif texts.setdefault(key, readable(text)) != readable(text):
                faults.tell("text-twice", where, f"{key} is said twice", "the first is kept")
    return texts


def _pairs(file: Path, where: str, faults: Faults) -> Sequence[tuple[str, Any]]:
    try:
        pairs = json.loads(_content(file), object_pairs_hook=lambda pairs: pairs)
    except (ValueError, RecursionError) as error:
        faults.tell("text-file", where, f"not JSON: {' '.join(str(error).split())[:120]}", "left out")
        return ()
    if not isinstance(pairs, list) or not all(isinstance(pair, tuple) for pair in pairs):
        faults.tell("text-file", where, "no object of keys and texts", "left out")
        return ()
    return pairs


def _files(folder: Path, ending: str) -> list[Path]:
    found = sorted(file for file in folder.rglob(f"*{ending}") if file.is_file()) if folder.is_dir() else []
    if len(found) > MOST_FILES:
        raise CatalogueError(f"{folder}: over {MOST_FILES:,} files", mend=_MEND)
    return found


def _benefit(where: str, file: Path, faults: Faults) -> Benefit:
    lines = list(_front_matter(_content(file)))
    front = yaml.load("\n".join(lines), Loader=_Plainly)
    if not isinstance(front, dict):
        raise ValueError("has no front matter of keys and values")
    for number in _stray(lines):
        what = f"line {number} is a comment within a list"
        faults.tell("stray-comment", f"{where}:{number}", what, "left out: a comment is no text")
    return Benefit(file.stem, where, front)


def _front_matter(text: str) -> Iterator[str]:
    """The lines between the two fences; the first fence counts as an empty line, so that numbers stay."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != _FENCE:
        raise ValueError("does not begin with ---")
    yield ""
    for line in lines[1:]:
        if line.strip() == _FENCE:
            return
        yield line
    raise ValueError("the front matter does not end with ---")


def _stray(lines: Sequence[str]) -> list[int]:
    """Numbers of the comment lines that stand among the items of a list."""
    found = []
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("#"):
            after = next(
                (other for other in lines[number:] if other.strip() and not other.lstrip().startswith("#")), ""
            )
            if _ITEM.match(after):
                found.append(number)
    return found


def _criteria(file: Path) -> dict[str, CriterionRow]:
    try:
        rows = list(csv.reader(io.StringIO(_content(file))))
    except (OSError, ValueError, csv.Error) as error:
        raise CatalogueError(f"{file}: not readable ({error})", mend=_MEND) from error
    criteria = {}
    for row in rows[1:]:
        key, label, kind, values = (*row, "", "", "", "")[:4]
        if key:
            criteria[key] = CriterionRow(key, label, kind, tuple(value for value in values.split(";") if value))
    if not criteria:
        raise CatalogueError(f"{file}: names no criterion", mend=_MEND)
    return criteria


def _content(file: Path) -> str:
    """The file's text. Raises ValueError when it is too large or not UTF-8, CatalogueError when it is not there."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise CatalogueError(f"{file}: {error.strerror}", mend=_MEND) from error
    if len(content) > LARGEST_BYTES:
        raise ValueError(f"over {LARGEST_BYTES // 1_000_000} MB")
    return content.decode("utf-8-sig")


class _Plainly(yaml.SafeLoader):
    """No anchors: a few lines could otherwise stand for millions."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias (*) has no place in front matter")
        return super().compose_node(parent, index)

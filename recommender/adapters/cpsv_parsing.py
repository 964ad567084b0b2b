"""A Turtle or JSON-LD file to a graph: bounded, from this file alone, or told of in one line."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rdflib import Graph, Literal

from recommender.adapters.cpsv_terms import PREFIXES
from recommender.adapters.importing import LONGEST
from recommender.errors import CatalogueError

LARGEST_BYTES = 20_000_000
DEEPEST = 40
"""Brackets within brackets; a service, its requirement, its concept and their texts need about six."""
MOST_TRIPLES = 1_000_000
BASE = "http://document.invalid/"
"""What relative names in a file are relative to, so that none of them becomes a path of this machine."""
FORMATS = {".ttl": "turtle", ".turtle": "turtle", ".jsonld": "json-ld", ".json": "json-ld"}
_STRINGS_AND_COMMENTS = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'"
    r"|<[^<>\s]*>"
    r"|#[^\n]*",
    re.DOTALL,
)


def read_graph(file: Path) -> Graph:
    """The file's statements. Nothing else is opened: no remote context, no import, no entity.

    Raises CatalogueError in one line: too large, nested too deep, a remote context, a syntax error with its place.
    """
    form = format_of(file)
    text = _text(file)
    if form == "json-ld":
        _check_json(file, text)
    else:
        _check_nesting(file, text)
    graph = Graph(bind_namespaces="none")
    try:
        graph.parse(data=text, format=form, publicID=BASE)
    except RecursionError as error:
        raise CatalogueError(f"{file}: nested too deep", mend="write it flatter") from error
    except Exception as error:  # rdflib's parsers raise whatever they met: KeyError, IndexError, BadSyntax, ...
        raise CatalogueError(f"{file}: not {_NAMES[form]}: {_reason(error)}", mend="mend the file") from error
    _check_size(file, graph)
    return graph


def format_of(file: Path) -> str:
    """`turtle` or `json-ld`, by the file's ending. Raises CatalogueError."""
    try:
        return FORMATS[file.suffix.lower()]
    except KeyError as error:
        raise CatalogueError(f"{file}: neither .ttl nor .jsonld", mend="Turtle and JSON-LD are read") from error


def graph_with_prefixes() -> Graph:
    """An empty graph in which the vocabulary's names are short."""
    graph = Graph(bind_namespaces="none")
    for prefix, space in PREFIXES.items():
        graph.bind(prefix, space)
    return graph


_NAMES = {"turtle": "Turtle", "json-ld": "JSON-LD"}


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise CatalogueError(f"{file}: {error.strerror}", mend="name a file that can be read") from error
    if len(content) > LARGEST_BYTES:
        raise CatalogueError(f"{file}: over {LARGEST_BYTES // 1_000_000} MB", mend="split it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{file}: not UTF-8 at byte {error.start}", mend="save it as UTF-8") from error


def _check_json(file: Path, text: str) -> None:
    """Refuse what the JSON-LD parser would fetch from elsewhere, and what it could not hold."""
    try:
        document = json.loads(text)
    except RecursionError as error:
        raise CatalogueError(f"{file}: nested too deep", mend="write it flatter") from error
    except ValueError as error:
        raise CatalogueError(f"{file}: not JSON: {_reason(error)}", mend="mend the file") from error
    for depth, key, value in _parts(document):
        if depth > DEEPEST:
            raise CatalogueError(f"{file}: nested deeper than {DEEPEST}", mend="write it flatter")
        if key == "@import" or (key == "@context" and any(isinstance(c, str) for c in _listed(value))):
            remote = next(str(c) for c in _listed(value) if isinstance(c, str) or key == "@import")
            raise CatalogueError(
                f"{file}: {key} {remote[:100]!r} lies elsewhere and is not fetched",
                mend="write the context into the file",
            )


def _parts(document: Any) -> Iterator[tuple[int, str, Any]]:
    """Every value with its depth and the key it stands under; without recursion, so that no depth is too deep."""
    waiting: list[tuple[int, str, Any]] = [(0, "", document)]
    while waiting:
        depth, key, value = waiting.pop()
        yield depth, key, value
        if isinstance(value, dict):
            waiting += [(depth + 1, name, held) for name, held in value.items()]
        elif isinstance(value, list):
            waiting += [(depth + 1, "", held) for held in value]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_nesting(file: Path, text: str) -> None:
    """Count brackets outside strings, names and comments: rdflib's parser recurses once for each."""
    depth = 0
    for sign in _BRACKETS.findall(_STRINGS_AND_COMMENTS.sub(" ", text)):
        depth += 1 if sign in "[(" else -1
        if depth > DEEPEST:
            raise CatalogueError(f"{file}: nested deeper than {DEEPEST}", mend="write it flatter")


_BRACKETS = re.compile(r"[\[\]()]")


def _check_size(file: Path, graph: Graph) -> None:
    if len(graph) == 0:
        raise CatalogueError(f"{file}: says nothing", mend="name a file with a public service in it")
    if len(graph) > MOST_TRIPLES:
        raise CatalogueError(f"{file}: over {MOST_TRIPLES:,} statements", mend="split it")
    for subject, predicate, value in graph:
        if isinstance(value, Literal) and len(value) > LONGEST:
            raise CatalogueError(
                f"{file}: a text of {len(value):,} signs ({predicate} of {subject})", mend=f"at most {LONGEST:,}"
            )


def _reason(error: Exception) -> str:
    """What a parser says, in one line of at most 200 signs."""
    said = " ".join(str(error).split()).removeprefix("at ").replace("of <>:", "of the file:")
    return (said or type(error).__name__)[:200]

"""Where in a YAML file something stands, so that a fault can point at its line."""

import stat
from collections.abc import Iterator, Sequence
from errno import EFBIG, EINVAL
from pathlib import Path

import yaml

Place = Sequence[str | int]
"""Keys of mappings and places in lists, from the top."""

LARGEST = 20_000_000
"""Bytes of a file, as of an import; the largest file of a catalogue shipped here has some 13,000."""
MOST_REPEATED = 100_000
"""Parts that aliases may add to a file: each may repeat what repeats others, and ten lines stand for milliards."""


def text_of(file: Path, errors: str = "strict") -> str:
    """A file's text. Raises UnicodeDecodeError, and OSError, also for what is no file or is larger than `LARGEST`."""
    about = file.stat()
    if not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode):
        raise OSError(EINVAL, "no file of text")  # a pipe would be waited for
    if about.st_size > LARGEST:
        raise OSError(EFBIG, f"{about.st_size:,} bytes; at most {LARGEST:,} are read")
    return file.read_text(encoding="utf-8", errors=errors)


def load(text: str) -> object:
    """What `yaml.safe_load` gives. Raises yaml.YAMLError for too many repeated parts too, and RecursionError."""
    loader = yaml.SafeLoader(text)
    try:
        top = loader.get_single_node()
        if top is None:
            return None
        counted: dict[int, int] = {}
        if _parts(top, counted) > MOST_REPEATED + len(counted):
            problem = f"its aliases repeat more than {MOST_REPEATED:,} parts"
            raise yaml.composer.ComposerError(None, None, problem, top.start_mark)
        return loader.construct_document(top)
    finally:
        loader.dispose()


def _parts(node: yaml.Node, counted: dict[int, int]) -> int:
    """How many parts a node has where every alias is written out; a ring is not walked twice."""
    known = counted.get(id(node))
    if known is not None:
        return known
    counted[id(node)] = 1
    inside: list[yaml.Node] = []
    if isinstance(node, yaml.SequenceNode):
        inside = node.value
    if isinstance(node, yaml.MappingNode):
        inside = [part for pair in node.value for part in pair]
    counted[id(node)] = 1 + sum(_parts(part, counted) for part in inside)
    return counted[id(node)]


class Places:
    """The lines of one file's nodes. Raises yaml.YAMLError, and RecursionError when too deep."""

    def __init__(self, text: str) -> None:
        self._top = yaml.compose(text, Loader=yaml.SafeLoader)

    def line(self, path: Place) -> int:
        """The line, from 1, on which the thing at `path` begins; of a missing one, that of what should hold it."""
        node, line = self._top, 1
        for step in path:
            key, found = _within(node, step)
            if found is None:
                break
            line = _line(key or found)
            node = found
        return line

    def twice(self) -> Iterator[tuple[str, int, int]]:
        """Each key that a mapping has already, its line and that of the first: YAML silently takes the last."""
        for node in self._nodes():
            if isinstance(node, yaml.MappingNode):
                first: dict[str, int] = {}
                for key, _ in node.value:
                    if isinstance(key, yaml.ScalarNode) and key.value in first:
                        yield key.value, _line(key), first[key.value]
                    elif isinstance(key, yaml.ScalarNode):
                        first[key.value] = _line(key)

    def unreadable(self) -> Iterator[tuple[str, int]]:
        """Each word that looks like a date or a number and is none, such as 2025-02-30, and its line."""
        for node in self._nodes():
            if isinstance(node, yaml.ScalarNode):
                try:
                    yaml.constructor.SafeConstructor().construct_object(node)
                except (ValueError, yaml.YAMLError):
                    yield node.value, _line(node)

    def _nodes(self) -> Iterator[yaml.Node]:
        """Every node once, in the order of the text; an alias may make a ring of them."""
        seen: set[int] = set()
        waiting = [self._top]
        while waiting:
            node = waiting.pop()
            if node is None or id(node) in seen:
                continue
            seen.add(id(node))
            yield node
            if isinstance(node, yaml.SequenceNode):
                waiting += reversed(node.value)
            if isinstance(node, yaml.MappingNode):
                waiting += [part for pair in reversed(node.value) for part in reversed(pair)]


def _within(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node | None, yaml.Node | None]:
    """The key and the value of one step, the last that has it as YAML takes the last; or (None, None)."""
    if isinstance(node, yaml.MappingNode):
        alike = ((key, value) for key, value in reversed(node.value) if key.value == str(step))
        return next(alike, (None, None))
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
        return None, node.value[step]
    return None, None


def _line(node: yaml.Node) -> int:
    line: int = node.start_mark.line
    return line + 1

"""Where in a YAML file something stands, so that a fault can point at its line."""

from collections.abc import Sequence

import yaml

Path = Sequence[str | int]
"""Keys of mappings and places in lists, from the top."""


class Places:
    """The lines of one file's nodes. Raises yaml.YAMLError when the text is not YAML."""

    def __init__(self, text: str) -> None:
        self._top = yaml.compose(text, Loader=yaml.SafeLoader)

    def line(self, path: Path) -> int:
        """The line, from 1, on which the thing at `path` begins; of a missing one, that of what should hold it."""
        node, line = self._top, 1
        for step in path:
            key, found = _within(node, step)
            if found is None:
                break
            line = (key or found).start_mark.line + 1
            node = found
        return line


def _within(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node | None, yaml.Node | None]:
    """The key and the value of one step, or (None, None)."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(step)), (None, None))
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
        return None, node.value[step]
    return None, None

"""What differs between two catalogues' canonical contents, for whoever approves the second."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids of public services, in order; shared: whether what they share (authorities, questions …) differs."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    shared: bool

    def lines(self) -> list[str]:
        """For a person; one line that says so when nothing differs."""
        told = [
            f"{len(ids)} public services {what}: {', '.join(ids)}" if len(ids) > 1 else f"{ids[0]} {what}"
            for what, ids in (("added", self.added), ("removed", self.removed), ("changed", self.changed))
            if ids
        ]
        return [*told, *(["what the services share changed"] if self.shared else [])] or ["nothing changed"]


def changes(old: bytes, new: bytes) -> Changes:
    """From the first content to the second."""
    (before, shared_before), (after, shared_after) = _parts(old), _parts(new)
    return Changes(
        tuple(sorted(after.keys() - before.keys())),
        tuple(sorted(before.keys() - after.keys())),
        tuple(sorted(name for name in before.keys() & after.keys() if before[name] != after[name])),
        shared_before != shared_after,
    )


def _parts(content: bytes) -> tuple[dict[str, object], list[object]]:
    forms = json.loads(content)
    return {form["id"]: form for form in forms if "id" in form}, [form for form in forms if "id" not in form]

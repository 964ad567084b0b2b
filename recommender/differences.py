"""Where two JSON-ready values differ, one line a place: what a replay found when the bytes were not the same."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

_LABELS = ("service_id", "fact_id", "id")
_ABSENT = object()


def differences(recorded: Any, again: Any, place: str = "") -> Iterator[str]:
    """`candidates[rent_support].status: eligible, recomputed unknown`; entries of a list go by their ids, or by number.

    Nothing when both are equal.
    """
    if isinstance(recorded, dict) and isinstance(again, dict):
        for key in {**recorded, **again}:
            inner = f"{place}.{key}" if place else str(key)
            yield from differences(recorded.get(key, _ABSENT), again.get(key, _ABSENT), inner)
    elif isinstance(recorded, list) and isinstance(again, list):
        for number, (one, other) in enumerate(zip_longest(recorded, again, fillvalue=_ABSENT)):
            yield from differences(one, other, f"{place}[{_label(number, one, other)}]")
    elif recorded != again:
        yield " ".join(f"{place}: {_told(recorded)}, recomputed {_told(again)}".split())


def _label(number: int, *entries: Any) -> str:
    found: Sequence[str] = [
        str(entry[name]) for name in _LABELS for entry in entries if isinstance(entry, dict) and name in entry
    ]
    return found[0] if found else str(number)


def _told(value: Any) -> str:
    if value is _ABSENT:
        return "absent"
    return "none" if value is None else str(value)[:200]

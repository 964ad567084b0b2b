"""Latencies as a caller sees them, over one kept-alive connection, and the table they end in."""

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the bench table. `floor` is the bare floor as measured in the same run; `ratio` is value / floor."""

    name: str
    value: float
    unit: str
    floor: float | None
    ratio: float | None
    budget: str

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def quantile(values: list[float], q: float) -> float:
    """The q-quantile of a non-empty list, the nearest rank above: never a value that was not measured."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


class Caller:
    """One kept-alive connection to a server; times in milliseconds from request to last byte."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=30)
        self._headers = dict(headers or {})

    def get(self, path: str) -> tuple[float, int, bytes]:
        """Milliseconds, status, body."""
        began = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        return (time.perf_counter() - began) * 1_000, answer.status, body

    def post(self, path: str, body: Mapping[str, object]) -> tuple[float, int, bytes]:
        """Milliseconds, status, body of a JSON post."""
        headers = {**self._headers, "Content-Type": "application/json"}
        began = time.perf_counter()
        self._connection.request("POST", path, body=json.dumps(body), headers=headers)
        answer = self._connection.getresponse()
        text = answer.read()
        return (time.perf_counter() - began) * 1_000, answer.status, text


def interleaved(
    first: tuple[Caller, Iterator[str]], second: tuple[Caller, Iterator[str]], *, blocks: int, block: int
) -> tuple[list[float], list[float]]:
    """Time both in turns, `block` requests each, so that a busy minute of the machine hits both alike."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(blocks):
        for side, (caller, paths) in enumerate((first, second)):
            for _ in range(block):
                milliseconds, status, body = caller.get(next(paths))
                if status != http.client.OK:
                    raise RuntimeError(f"a benchmarked request answered {status}: {body[:300]!r}")
                times[side].append(milliseconds)
    return times

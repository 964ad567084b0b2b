"""Facts to beliefs: one citizen's statements, taken in the order they became known, give the state at each instant.

The same classes fold everybody's history for training and one citizen's when a life event arrives (promise 7). Plain
Python: a citizen has dozens of facts, and a data frame's overhead for one citizen is fifty times the work.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from features.schema import DATES, RECENT
from recommender.facts import Scalar

_HOLDING = frozenset({"started", "submitted", "granted"})
_BEGINNING = ("started", "granted")


class Statement(NamedTuple):
    """What a register said of one citizen at one instant, in microseconds.

    what : an event type, `service:change` of a use, or a row of attribute values by column name; columns that are
           absent are not spoken of.
    """

    fact_id: str
    known_us: int
    happened_us: int
    what: str | Mapping[str, Scalar | None]
    corrects: str | None = None
    withdrawn: bool = False


class Chains:
    """Which statements stand: a later one about the same root replaces the earlier, a withdrawal ends it."""

    def __init__(self) -> None:
        self._roots: dict[str, str] = {}
        self.live: dict[str, Statement] = {}

    def take(self, statement: Statement) -> tuple[str, Statement | None]:
        """Note a statement; its root, and the statement that it replaced."""
        named = statement.corrects or statement.fact_id
        root = self._roots.get(named, named)
        self._roots[statement.fact_id] = root
        replaced = self.live.pop(root, None)
        if not statement.withdrawn:
            self.live[root] = statement
        return root, replaced


class TableBelief:
    """What is believed of one attribute table: current and previous values, and since when."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._chains = Chains()
        self._places = {name: i for i, name in enumerate(columns)}
        self.since_us: int | None = None
        self.touched: list[int] = []
        self._reset()

    def tell(self, statement: Statement) -> bool:
        """Take a statement in known order; True when every column may have changed, else see `touched`."""
        if self.since_us is None:
            self.since_us = statement.known_us
        _, replaced = self._chains.take(statement)
        if replaced is None and not statement.withdrawn and statement.happened_us >= self._as_of_us:
            self.touched = self._advance(statement)
            return False
        # a correction, or a fact that is older than what is believed: its history is told again in order of as_of
        self._reset()
        for each in sorted(self._chains.live.values(), key=lambda s: (s.happened_us, s.known_us)):
            self._advance(each)
        return True

    def _reset(self) -> None:
        width = len(self._places)
        self.current: list[Scalar | None] = [None] * width
        self.previous: list[Scalar | None] = [None] * width
        self.changed_us: list[int | None] = [None] * width
        self._known: list[Scalar | None] = [None] * width
        self._as_of_us = -(2**62)
        self.observed_since_us: int | None = None

    def _advance(self, statement: Statement) -> list[int]:
        self._as_of_us = statement.happened_us
        touched: list[int] = []
        if isinstance(statement.what, str):
            return touched
        for name, value in statement.what.items():
            if name == "observed":
                self._observe(value, statement.happened_us)
                continue
            i = self._places.get(name)
            if i is None or value == self.current[i]:
                continue
            touched.append(i)
            self.current[i] = value
            if value is not None and value != self._known[i]:
                self.previous[i], self._known[i] = self._known[i], value
                self.changed_us[i] = statement.happened_us
        return touched

    def _observe(self, observed: Scalar | None, as_of_us: int) -> None:
        if not observed:
            self.observed_since_us = None
        elif self.observed_since_us is None:
            self.observed_since_us = as_of_us


class EventBelief:
    """What is believed to have happened: per type the latest dates and the total, and the latest recorded events."""

    def __init__(self) -> None:
        self._chains = Chains()
        self.dates: dict[str, list[int]] = {}

    def tell(self, statement: Statement) -> set[str]:
        """Take a statement in known order; the event types whose dates changed."""
        _, replaced = self._chains.take(statement)
        touched = set()
        if replaced is not None:
            touched.add(str(replaced.what))
            self.dates[str(replaced.what)].remove(replaced.happened_us)
        if not statement.withdrawn:
            touched.add(str(statement.what))
            dates = self.dates.setdefault(str(statement.what), [])
            dates.append(statement.happened_us)
            dates.sort(reverse=True)
        return touched

    def recent(self) -> list[tuple[str, str, int, int]]:
        """Root, type, happened and known time of the latest recorded events, newest known first."""
        ordered = sorted(self._chains.live.items(), key=lambda item: (-item[1].known_us, item[0]))
        return [(root, str(s.what), s.happened_us, s.known_us) for root, s in ordered[:RECENT]]

    def stored(self, event_type: str) -> list[float | None]:
        """The latest dates, newest first, padded, and the total; all None when it never happened."""
        dates = self.dates.get(event_type)
        if not dates:
            return [None] * (DATES + 1)
        latest: list[float | None] = [float(date) for date in dates[:DATES]]
        return [*latest, *[None] * (DATES - len(latest)), float(len(dates))]


class UseBelief:
    """What is believed of the citizen's uses of public services."""

    def __init__(self) -> None:
        self._chains = Chains()

    def tell(self, statement: Statement) -> set[str]:
        """Take a statement in known order; the services whose history changed."""
        _, replaced = self._chains.take(statement)
        touched = {str(statement.what).partition(":")[0]}
        return touched if replaced is None else touched | {str(replaced.what).partition(":")[0]}

    def stored(self, service: str) -> tuple[float | None, float | None, float | None]:
        """Holds now (an open application counts), times used, latest start; all None when never used."""
        log = self._log(service)
        if not log:
            return None, None, None
        words = {word for _, _, word in log}
        begun = next((word for word in _BEGINNING if word in words), None)
        starts = [happened for happened, _, word in log if word == begun]
        return float(log[-1][2] in _HOLDING), float(len(starts)), float(max(starts)) if starts else None

    def _log(self, service: str) -> list[tuple[int, int, str]]:
        prefix = f"{service}:"
        live: Iterable[Statement] = self._chains.live.values()
        told = [s for s in live if isinstance(s.what, str) and s.what.startswith(prefix)]
        return sorted((s.happened_us, s.known_us, str(s.what).removeprefix(prefix)) for s in told)

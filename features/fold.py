"""Facts to beliefs: one citizen's statements, taken in the order they became known, give the state at each instant.

The same classes fold everybody's history for training and one citizen's when a life event arrives (promise 7). Plain
Python: a citizen has dozens of facts, and a data frame's overhead for one citizen is fifty times the work.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from features.schema import DATES, RECENT
from recommender.facts import Scalar

_STAGES = ("submitted", "started", "granted", "refused", "ended")
"""What becomes of a use, in the order in which changes of one instant are taken."""

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


def in_known_order(statements: Iterable[Statement]) -> list[Statement]:
    """One citizen's statements as they are taken: by known time, in one instant corrections after what they correct.

    Where that does not decide, they keep the order in which they come.
    """
    told = list(statements)
    named = {s.fact_id: s.corrects for s in told if s.corrects is not None}
    if not named:
        return sorted(told, key=lambda s: (s.known_us, s.happened_us))
    return sorted(told, key=lambda s: (s.known_us, _depth(s.fact_id, named), s.happened_us if not s.corrects else 0))


def _depth(fact_id: str, named: Mapping[str, str | None]) -> int:
    depth, at = 0, named.get(fact_id)
    while at is not None and depth <= len(named):  # a ring of corrections ends somewhere
        depth, at = depth + 1, named.get(at)
    return depth


class Chains:
    """Which statements stand: a later one about the same root replaces the earlier, a withdrawal ends it."""

    def __init__(self) -> None:
        self._named: dict[str, str] = {}
        self.live: dict[str, Statement] = {}

    def take(self, statement: Statement) -> list[Statement]:
        """Note a statement; what stood until now and stands no longer.

        Two statements may fall at once: a correction that was known before the statement it corrects, and the one that
        this statement corrects in its turn.
        """
        root = self._root(statement.corrects) if statement.corrects else self._root(statement.fact_id)
        if statement.corrects and root != statement.fact_id:
            self._named[statement.fact_id] = statement.corrects
        fallen = [self.live.pop(name) for name in dict.fromkeys((root, statement.fact_id)) if name in self.live]
        if not statement.withdrawn:
            self.live[root] = statement
        return fallen

    def _root(self, fact_id: str) -> str:
        while fact_id in self._named:
            fact_id = self._named[fact_id]
        return fact_id


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
        fallen = self._chains.take(statement)
        if not fallen and not statement.withdrawn and statement.happened_us >= self._as_of_us:
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
        self._before: list[Scalar | None] = [None] * width
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
                self._before[i], self._known[i] = self._known[i], value
                self.changed_us[i] = statement.happened_us
            # of a value that is no longer known, the last known one is the previous one
            self.previous[i] = self._known[i] if value is None else self._before[i]
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
        touched = set()
        for fallen in self._chains.take(statement):
            touched.add(str(fallen.what))
            self.dates[str(fallen.what)].remove(fallen.happened_us)
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
        spoken_of = [statement, *self._chains.take(statement)]
        return {str(each.what).partition(":")[0] for each in spoken_of}

    def stored(self, service: str) -> tuple[float | None, float | None, float | None]:
        """Holds now (an open application counts), times used, latest start; all None when never used."""
        log = self._log(service)
        if not log:
            return None, None, None
        words = [_STAGES[stage] for _, _, stage in log]
        begun = next((word for word in _BEGINNING if word in words), None)
        starts = [happened for (happened, _, _), word in zip(log, words, strict=True) if word == begun]
        return float(words[-1] in _HOLDING), float(len(starts)), float(max(starts)) if starts else None

    def _log(self, service: str) -> list[tuple[int, int, int]]:
        prefix = f"{service}:"
        live: Iterable[Statement] = self._chains.live.values()
        told = [s for s in live if isinstance(s.what, str) and s.what.startswith(prefix)]
        return sorted((s.happened_us, s.known_us, _STAGES.index(str(s.what).removeprefix(prefix))) for s in told)

"""What is known of a citizen at one time, worked out slowly and obviously from the facts: what the fold must equal."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from features.testing.worlds import EVENTS, SERVICES, World
from recommender.facts import Fact, FactKind, Scalar
from recommender.instants import to_us

_STAGES = ("submitted", "started", "granted", "refused", "ended")
_HELD = ("submitted", "started", "granted")


def believed(facts: Iterable[Fact], at: datetime) -> list[tuple[str, Fact]]:
    """Root and statement of each chain of corrections that still stands at `at`."""
    known = {fact.fact_id: fact for fact in facts if fact.known_at <= at}
    chains: dict[str, list[tuple[datetime, int, Fact]]] = {}
    for fact in known.values():
        root, depth = fact.fact_id, 0
        while (named := known[root].corrects if root in known else None) is not None:
            root, depth = named, depth + 1
        chains.setdefault(root, []).append((fact.known_at, depth, fact))
    latest = {root: max(chain, key=lambda each: each[:2])[2] for root, chain in chains.items()}
    return [(root, fact) for root, fact in latest.items() if not fact.withdrawn]


def state(world: World, citizen_id: str, at: datetime) -> dict[str, Scalar | None]:
    """Stored columns of one citizen; those of nothing told are None."""
    known, born, sex = world.people[citizen_id]
    here = known <= at
    found: dict[str, Scalar | None] = {
        "born": float(to_us(born)) if here and born is not None else None,
        "sex": sex if here else None,
        "people__since": float(to_us(known)) if here else None,
    }
    standing = believed(world.of(citizen_id), at)
    rows = [fact for _, fact in standing if fact.kind is FactKind.ATTRIBUTES]
    rows.sort(key=lambda fact: (fact.happened_at, fact.known_at))
    for name in ("work", "income", "children", "enrolled"):
        found.update(attribute(name, rows))
    events = [fact for _, fact in standing if fact.kind is FactKind.LIFE_EVENT]
    for event_type in EVENTS:
        found.update(dates_of(event_type, events))
    uses = [fact for _, fact in standing if fact.kind is FactKind.USE]
    for service in SERVICES:
        found.update(holding(service, uses))
    return found


def coverage(world: World, citizen_id: str, at: datetime) -> dict[str, Scalar | None]:
    """Since when the roster holds the citizen, and since when they were observed without a break (tables only)."""
    rows = [f for f in world.of(citizen_id) if f.kind is FactKind.ATTRIBUTES and f.known_at <= at]
    rows.sort(key=lambda fact: (fact.happened_at, fact.known_at))
    since: float | None = None
    for row in rows:
        if not row.values["asked"]:
            since = None
        elif since is None:
            since = float(to_us(row.happened_at))
    told = [to_us(row.known_at) for row in rows]
    return {"status__since": float(min(told)) if told else None, "status__observed_since": since}


def attribute(name: str, rows: Sequence[Fact]) -> dict[str, Scalar | None]:
    """Current value; the last other known value; since when the last known value holds. rows: by as_of."""
    told = [(to_us(row.happened_at), _number(row.values[name])) for row in rows if name in row.values]
    current = told[-1][1] if told else None
    known = [(at, value) for at, value in told if value is not None]
    changes = [pair for i, pair in enumerate(known) if i == 0 or pair[1] != known[i - 1][1]]
    changed_at = float(changes[-1][0]) if changes else None
    others = [value for _, value in changes if value != current] if current is None else [v for _, v in changes[:-1]]
    return {name: current, f"{name}__previous": others[-1] if others else None, f"{name}__changed_at": changed_at}


def dates_of(event_type: str, events: Sequence[Fact]) -> dict[str, Scalar | None]:
    """The four latest happened dates, newest first, and how many there are; None when there is none."""
    dates = sorted((to_us(e.happened_at) for e in events if e.event_type == event_type), reverse=True)
    found: dict[str, Scalar | None] = {f"{event_type}__{i + 1}": float(d) for i, d in enumerate(dates[:4])}
    padded = {f"{event_type}__{i}": found.get(f"{event_type}__{i}") for i in range(1, 5)}
    return {**padded, f"{event_type}__total": float(len(dates)) if dates else None}


def holding(service: str, uses: Sequence[Fact]) -> dict[str, Scalar | None]:
    """Holds now, times used, latest start; None when never used."""
    log = [(u.happened_at, u.known_at, _STAGES.index(str(u.use))) for u in uses if u.service_id == service]
    if not log:
        return {f"{service}__{name}": None for name in ("holds", "times", "last")}
    words = [_STAGES[stage] for _, _, stage in sorted(log)]
    begun = "started" if "started" in words else "granted"
    starts = [to_us(at) for at, _, stage in log if _STAGES[stage] == begun]
    return {
        f"{service}__holds": float(words[-1] in _HELD),
        f"{service}__times": float(len(starts)),
        f"{service}__last": float(max(starts)) if starts else None,
    }


def recent(world: World, citizen_id: str, at: datetime) -> set[tuple[str, str, int, int]]:
    """Root, type, happened and known of the events that stand (all of them: worlds have fewer than are kept)."""
    return {
        (root, str(fact.event_type), to_us(fact.happened_at), to_us(fact.known_at))
        for root, fact in believed(world.of(citizen_id), at)
        if fact.kind is FactKind.LIFE_EVENT
    }


def _number(value: Scalar | None) -> Scalar | None:
    return float(value) if isinstance(value, bool) else value

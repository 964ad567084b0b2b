"""Random worlds: what registers told of a few citizens, late, corrected and withdrawn, as tables that ingest reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import strategies as st

from features.descriptor import Descriptor, load_descriptor
from recommender.facts import Fact, FactKind, Scalar, UseChange
from recommender.identifiers import CitizenId, EventType, FactId, ServiceId

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
LAST_DAY = 1500
ZONE = "Europe/Tallinn"
EVENTS = ("child_born", "job_lost", "moved")
SERVICES = ("birth_allowance", "heating_aid")
USES = ("started", "submitted", "granted", "refused", "ended")
CITIZENS = ("c-1", "c-2", "c-3")
_INSTANT = pl.Datetime("us", "UTC")
_STATUS = {
    "work": pl.String,
    "income": pl.Float64,
    "children": pl.Float64,
    "enrolled": pl.Boolean,
    "asked": pl.Boolean,
}

DESCRIPTOR = f"""
dataset: world
time_zone: {ZONE}
horizon: P1Y
windows: [P3M, P1Y]
decision_times: monthly
languages: [en]
tables:
  people:
    register: population
    authority: Registry
    kind: history
    file: people.parquet
    columns:
      citizen_id: pseudonym
      recorded: known
      born: {{role: static, type: date}}
      sex: {{role: static, type: category, protected: true}}
  status:
    register: work
    authority: Fund
    kind: history
    file: status.parquet
    rejects_at_most: 1.0
    columns:
      citizen_id: pseudonym
      as_of: as_of
      recorded: known
      work: {{role: attribute, type: category}}
      income: {{role: attribute, type: number, sensitive: true}}
      children: {{role: attribute, type: integer}}
      enrolled: {{role: attribute, type: boolean}}
      asked: observed
  events:
    register: population
    authority: Registry
    kind: history
    file: events.parquet
    covers: {{roster: people}}
    columns:
      id: fact_id
      citizen_id: pseudonym
      what: event_type
      happened_on: happened
      recorded: known
      corrects: corrects
      withdrawn: withdrawn
  uses:
    register: desks
    authority: City
    kind: history
    file: uses.parquet
    columns: {{id: fact_id, citizen_id: pseudonym, what: service, became: use, happened_on: happened, recorded: known}}
needs:
  child_born: {{event: child_born, services: [birth_allowance]}}
  job_lost: {{event: job_lost, services: []}}
  moved: {{event: moved, services: []}}
  birth_allowance: {{use: birth_allowance, services: [birth_allowance]}}
  heating_aid: {{use: heating_aid, services: [heating_aid]}}
derived:
  age: {{years_since: born}}
"""


Person = tuple[datetime, datetime | None, str | None]
Schema = Mapping[str, type[pl.DataType] | pl.DataType]


@dataclass(frozen=True)
class World:
    """Facts as told. people: citizen to (known, born, sex); they are always told by table, never by the log."""

    people: Mapping[str, Person] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()

    def of(self, citizen_id: str) -> tuple[Fact, ...]:
        return tuple(fact for fact in self.facts if fact.citizen_id == citizen_id)


def day(number: float) -> datetime:
    return EPOCH + timedelta(days=number)


@st.composite
def worlds(draw: st.DrawFn, *, facts_at_most: int = 24) -> World:
    """Up to three citizens; few distinct days, so that times tie."""
    people = {}
    for citizen in CITIZENS:
        born = draw(st.one_of(st.none(), st.integers(-20000, -3000)))
        people[citizen] = (
            day(draw(_days)),
            None if born is None else _midnight(born),
            draw(st.sampled_from(["f", "m"])),
        )
    facts: list[Fact] = []
    for number in range(draw(st.integers(0, facts_at_most))):
        fact = draw(st.one_of(_event(number), _use(number), _row(number)))
        facts.append(fact)
        while fact.kind is FactKind.LIFE_EVENT and draw(st.integers(0, 3)) == 0:
            fact = draw(_correction(fact, len(facts)))
            facts.append(fact)
    return World(people, _told_once(facts))


def write_world(world: World, folder: Path, *, log: frozenset[str] = frozenset()) -> Descriptor:
    """Write tables and descriptor; facts whose id is in `log` are left out: the event log will tell them."""
    folder.mkdir(parents=True, exist_ok=True)
    told = [fact for fact in world.facts if fact.fact_id not in log]
    head: Schema = {"citizen_id": pl.String}
    named: Schema = {"id": pl.String, "citizen_id": pl.String, "what": pl.String}
    people = [(c, known, born, sex) for c, (known, born, sex) in world.people.items()]
    _write(
        folder / "people.parquet",
        people,
        {"citizen_id": pl.String, "recorded": _INSTANT, "born": _INSTANT, "sex": pl.String},
    )
    _write(
        folder / "status.parquet",
        [(f.citizen_id, f.happened_at, f.known_at, *_values(f)) for f in told if f.kind is FactKind.ATTRIBUTES]
        # a table without rows does not load: this one tells nothing of anybody asked about
        or [("nobody", EPOCH, EPOCH, None, None, None, None, None)],
        {**head, "as_of": _INSTANT, "recorded": _INSTANT, **_STATUS},
    )
    _write(
        folder / "events.parquet",
        [
            (f.fact_id, f.citizen_id, str(f.event_type), f.happened_at, f.known_at, f.corrects, f.withdrawn)
            for f in told
            if f.kind is FactKind.LIFE_EVENT
        ]
        or [("none", "nobody", EVENTS[0], EPOCH, EPOCH, None, False)],
        {**named, "happened_on": _INSTANT, "recorded": _INSTANT, "corrects": pl.String, "withdrawn": pl.Boolean},
    )
    _write(
        folder / "uses.parquet",
        [
            (f.fact_id, f.citizen_id, str(f.service_id), str(f.use), f.happened_at, f.known_at)
            for f in told
            if f.kind is FactKind.USE
        ]
        or [("none", "nobody", SERVICES[0], USES[0], EPOCH, EPOCH)],
        {**named, "became": pl.String, "happened_on": _INSTANT, "recorded": _INSTANT},
    )
    (folder / "dataset.yaml").write_text(DESCRIPTOR, encoding="utf-8")
    return load_descriptor(folder / "dataset.yaml")


_days = st.one_of(st.integers(0, LAST_DAY), st.sampled_from([100, 101, 400, 465, 830, 831]))
_citizens = st.sampled_from(CITIZENS).map(CitizenId)


@st.composite
def _event(draw: st.DrawFn, number: int) -> Fact:
    happened = draw(_days)
    return Fact(
        FactId(_name(draw, "e", number)),
        draw(_citizens),
        FactKind.LIFE_EVENT,
        "population",
        day(happened),
        day(happened + draw(st.sampled_from([0, 0, 1, 40, 400]))),
        event_type=EventType(draw(st.sampled_from(EVENTS))),
    )


@st.composite
def _correction(draw: st.DrawFn, fact: Fact, number: int) -> Fact:
    late = draw(st.sampled_from([0, 1, 30, 300]))
    moved = draw(st.sampled_from([0, -3, 20]))
    return Fact(
        FactId(_name(draw, "k", number)),
        fact.citizen_id,
        FactKind.LIFE_EVENT,
        fact.register,
        fact.happened_at + timedelta(days=moved),
        fact.known_at + timedelta(days=late),
        event_type=EventType(draw(st.sampled_from([str(fact.event_type), EVENTS[0]]))),
        corrects=fact.fact_id,
        withdrawn=draw(st.booleans()),
    )


@st.composite
def _use(draw: st.DrawFn, number: int) -> Fact:
    happened = draw(_days)
    return Fact(
        FactId(_name(draw, "u", number)),
        draw(_citizens),
        FactKind.USE,
        "desks",
        day(happened),
        day(happened + draw(st.sampled_from([0, 0, 9]))),
        service_id=ServiceId(draw(st.sampled_from(SERVICES))),
        use=UseChange(draw(st.sampled_from(USES))),
    )


@st.composite
def _row(draw: st.DrawFn, number: int) -> Fact:
    as_of = draw(_days)
    values: dict[str, Scalar | None] = {
        "work": draw(st.sampled_from([None, "none", "part", "full"])),
        "income": draw(st.sampled_from([None, 0.0, 1200.5])),
        "children": draw(st.sampled_from([None, 0.0, 1.0, 2.0])),
        "enrolled": draw(st.sampled_from([None, True, False])),
        "asked": draw(st.sampled_from([None, True, True, False])),
    }
    return Fact(
        FactId(f"a{number}"),
        draw(_citizens),
        FactKind.ATTRIBUTES,
        "work",
        day(as_of),
        day(as_of + draw(st.sampled_from([0, 0, 5, 500]))),
        values=values,
    )


def _name(draw: st.DrawFn, kind: str, number: int) -> str:
    """Ids whose alphabetical order says nothing of their order in time."""
    return f"{draw(st.sampled_from('az'))}{kind}{number}"


def _midnight(number: int) -> datetime:
    """A bare date, as a register writes it; here one that is a midnight in ZONE."""
    local = (EPOCH + timedelta(days=number)).replace(tzinfo=ZoneInfo(ZONE))
    return local.astimezone(UTC)


def _told_once(facts: list[Fact]) -> tuple[Fact, ...]:
    """One row per citizen, table and pair of times, as ingest would keep them."""
    seen: set[tuple[str, datetime, datetime]] = set()
    kept = []
    for fact in facts:
        key = (fact.citizen_id, fact.happened_at, fact.known_at)
        if fact.kind is FactKind.ATTRIBUTES:
            if key in seen:
                continue
            seen.add(key)
        kept.append(fact)
    return tuple(kept)


def _values(fact: Fact) -> tuple[Scalar | None, ...]:
    told = fact.values
    return told["work"], told["income"], told["children"], told["enrolled"], told.get("asked")


def _write(file: Path, rows: Sequence[tuple[object, ...]], schema: Schema) -> None:
    pl.DataFrame(rows, schema=dict(schema), orient="row").write_parquet(file)

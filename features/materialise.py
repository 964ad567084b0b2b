"""Fills the online store from the offline store: each citizen's state and base facts, as known at one time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from features.blobs import Row
from features.descriptor import Descriptor
from features.facts import raw_of_kind, raw_states, read_citizens
from features.fold import Statement
from features.ingest.rows import EVENTS, USES
from features.online import States
from features.packing import Statements, joined, pack, pack_state, rows_of, unpack
from features.schema import EVENTS_VIEW, FACTS_VIEW, LOG_VIEW, RECENT_COLUMN, USES_VIEW, FeatureSchema, load_schema
from features.settings import FeatureSettings
from features.states import statements_by_citizen
from features.store import apply, online_states
from features.workspace import Workspace

READ, WRITTEN = 20_000, 250
"""Citizens read at a time, so that memory stays bounded, and written in one transaction: a server's own write waits
some 10 ms at most."""

_ALWAYS = 2**62

Progress = Callable[[int, int | None], None]


def materialise(
    workspace: Workspace,
    descriptor: Descriptor,
    *,
    at: datetime | None = None,
    settings: FeatureSettings,
    progress: Progress = lambda done, total: None,
    fresh: bool = False,
) -> int:
    """Put online what was known at `at` (None: everything held); the number of citizens known then.

    May be interrupted and run again, also beside a running server: what its event log told of a citizen is folded with
    what the registers told since. fresh: forget the log first, because the operational database starts anew.
    progress : told how many citizens are done, of how many.
    """
    schema = load_schema(workspace)
    states = online_states(workspace, schema, settings)
    apply(workspace, schema, settings)
    if fresh:
        states.clear()
    offline = _Offline(workspace, schema, at, _facts(workspace, schema, at))
    citizens = read_citizens(workspace)["citizen_id"].to_list()
    known = 0
    for start in range(0, len(citizens), READ):
        chunk = citizens[start : start + READ]
        rows, told = offline.rows(chunk), offline.statements(chunk)
        for place in range(0, len(chunk), WRITTEN):
            piece = chunk[place : place + WRITTEN]
            known += sum(citizen in rows for citizen in piece)
            _write(states, schema, {citizen: rows.get(citizen, {}) for citizen in piece}, told)
            progress(start + place + len(piece), len(citizens))
    return known


def _write(
    states: States, schema: FeatureSchema, pieces: dict[str, dict[str, Row]], told: dict[str, Statements]
) -> None:
    """Write some citizens' states and base facts; with those of whom the log told something, both are folded anew."""
    with states.exclusive():
        logs = states.read_view(list(pieces), LOG_VIEW)
        rows: list[Row] = []
        for citizen, of_views in pieces.items():
            base = told.get(citizen, Statements())
            rows.append(Row(citizen, FACTS_VIEW, 0, pack(base)))
            if citizen in logs:
                rows += rows_of(citizen, joined(base, unpack(logs[citizen])), schema, _ALWAYS)
            else:
                nothing = pack_state({})
                rows += [of_views.get(view) or Row(citizen, view, 0, nothing) for view in schema.views]
        states.write(rows)


@dataclass(frozen=True)
class _Offline:
    """The offline store, seen at one time, some citizens at a time. facts: per view, what was told, by citizen."""

    workspace: Workspace
    schema: FeatureSchema
    at: datetime | None
    facts: dict[str, pl.DataFrame]

    def rows(self, citizens: Sequence[str]) -> dict[str, dict[str, Row]]:
        """Citizen to view to the latest state; citizens and views of which nothing was known are left out."""
        found: dict[str, dict[str, Row]] = {}
        for view in self.schema.views:
            names = [column.name for column in self.schema.of_view(view)]
            names += [RECENT_COLUMN] if view == EVENTS_VIEW else []
            frame = pl.scan_parquet(self.workspace.states / f"{view}.parquet")
            frame = frame.filter(pl.col("citizen_id").is_between(pl.lit(citizens[0]), pl.lit(citizens[-1])))
            if self.at is not None:
                frame = frame.filter(pl.col("known_at") <= self.at)
            latest = frame.group_by("citizen_id", maintain_order=True).last().collect()
            known = pl.col("known_at").dt.epoch("us")
            for citizen, known_us, *values in latest.select("citizen_id", known, *names).iter_rows():
                content = pack_state(dict(zip(names, values, strict=True)))
                found.setdefault(citizen, {})[view] = Row(citizen, view, known_us, content)
        return found

    def statements(self, citizens: Sequence[str]) -> dict[str, Statements]:
        """Citizen to the base facts."""
        told: dict[str, Statements] = {}
        for view, facts in self.facts.items():
            some = facts.filter(pl.col("citizen_id").is_between(pl.lit(citizens[0]), pl.lit(citizens[-1])))
            for citizen, statements in _statements(some, view, self.schema):
                told.setdefault(citizen, Statements()).of_view(view).extend(statements)
        return told


def _facts(workspace: Workspace, schema: FeatureSchema, at: datetime | None) -> dict[str, pl.DataFrame]:
    uses = raw_of_kind(workspace, USES)
    facts = {EVENTS_VIEW: raw_of_kind(workspace, EVENTS), USES_VIEW: uses.with_columns(_change().alias("change"))}
    facts.update({table: raw_states(workspace, table) for table in schema.tables})
    return facts if at is None else {view: told.filter(pl.col("known_at") <= at) for view, told in facts.items()}


def _statements(facts: pl.DataFrame, view: str, schema: FeatureSchema) -> Iterator[tuple[str, list[Statement]]]:
    if view == EVENTS_VIEW:
        return statements_by_citizen(facts, "event_type")
    if view == USES_VIEW:
        return statements_by_citizen(facts, "change")
    columns = [c for c in (*schema.told_in(view), "observed") if c in facts.columns]
    return statements_by_citizen(facts, None, columns)


def _change() -> pl.Expr:
    return pl.concat_str("service_id", pl.lit(":"), "use")

"""Is what runs still fit to run? Registers, the champion's age and approval, drift since it learnt, its promises kept.

What was known when the champion learnt is read again from the bitemporal store: nothing about anybody is kept for it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from features.descriptor import Role
from features.facts import read_citizens
from features.ingest.registers import held
from features.vectors import SchemaVectoriser
from recommender.instants import after
from training.dataset import Source, person_hash
from training.decision_times import decision_times, window_end
from training.drift import MUCH, Shift, expected_and_seen, shifts
from training.gates import PASSED
from training.registry import APPROVED_BY, MODEL, VERDICT
from training.rivals import Rival

if TYPE_CHECKING:
    from mlflow import MlflowClient

PEOPLE = 5_000
OFF_BY_AT_MOST = 0.2
"""Share by which the needs that arose may differ from those that the champion promised since it learnt."""
UNKNOWN_MORE_AT_MOST = 0.2
SMALLEST_TOTAL = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. mend: what to do; empty: all is well."""

    words: str
    mend: str = ""

    @property
    def line(self) -> str:
        return f"wrong  {self.words}: {self.mend}" if self.mend else f"well   {self.words}"


@dataclass(frozen=True, slots=True)
class Drift:
    """Shifts of the model's features and scores between what it learnt from and now, the greatest first."""

    features: tuple[Shift, ...]
    scores: tuple[Shift, ...]


def registers_fresh(source: Source, at: datetime) -> list[Finding]:
    """Each table told something within two decision intervals."""
    descriptor = source.descriptor
    interval = "P2Y" if descriptor.decision_times == "yearly" else "P2M"
    found = []
    for table in held(source.workspace):
        newest = table.newest
        stale = newest is None or after(newest, interval, descriptor.time_zone) < at
        spec = descriptor.tables.get(table.table)
        if spec is not None and spec.kind == "history" and not spec.of_role(Role.KNOWN, Role.HAPPENED, Role.AS_OF):
            continue  # its rows say nothing of when, so its age says nothing
        words = (
            f"{table.table} of {table.authority}: newest known {newest:%Y-%m-%d}" if newest else f"{table.table}: empty"
        )
        found.append(Finding(words, f"ask {table.authority} for an extract and `herald ingest` it" if stale else ""))
    return found


def champion_fit(source: Source, client: "MlflowClient", rival: Rival | None, at: datetime) -> list[Finding]:
    """There is a champion with verdict and approval, and it learnt within two horizons."""
    if rival is None:
        return [Finding(f"no champion of {source.descriptor.dataset}", "run `herald train DESCRIPTOR`")]
    tags = client.get_model_version(MODEL, rival.version).tags
    approved = tags.get(VERDICT) == PASSED and tags.get(APPROVED_BY)
    mend = "" if approved else "move the alias back with `herald rollback`; servers refuse this version"
    horizon, zone = source.descriptor.horizon, source.descriptor.time_zone
    aged = after(after(rival.learnt_through, horizon, zone), horizon, zone) < at
    return [
        Finding(f"champion is version {rival.version}, approved by {tags.get(APPROVED_BY, 'nobody')}", mend),
        Finding(
            f"it learnt through {rival.learnt_through:%Y-%m-%d}",
            "that is more than two horizons ago: run `herald train DESCRIPTOR`" if aged else "",
        ),
    ]


def drift_since(source: Source, rival: Rival, at: datetime) -> Drift:
    """Features and scores of the same citizens as known when the champion learnt, and as known now."""
    asked = read_citizens(source.workspace).filter(~pl.col("citizen_id").is_in(list(source.excluded)))
    known = asked["citizen_id"].to_numpy()
    some = set(known[np.argsort(person_hash(known, "watch"), kind="stable")[:PEOPLE]].tolist())
    of_model = replace(source, schema=rival.schema)
    then, now = (of_model.everyone(moment) for moment in (rival.learnt_through, at))
    mine = np.array([citizen in some for citizen in then.citizens])
    names = SchemaVectoriser(rival.schema).feature_names
    features = shifts(names, then.features[mine], now.features[mine])
    scores = [rival.scorer.score(moment.features[mine]) for moment in (then, now)]
    return Drift(tuple(features), tuple(shifts([str(need) for need in rival.scorer.need_keys], *scores)))


def drifted(drift: Drift) -> list[Finding]:
    """What moved much, by name; days since a date grow by themselves and are not held against it."""
    clock = [shift for shift in drift.features if not shift.name.startswith("days_since_")]
    found = []
    for what, told in (("feature", clock), ("score", drift.scores)):
        first = [shift for shift in told if shift.psi > MUCH]
        words = ", ".join(f"{shift.name} {shift.psi:.2f}" for shift in first[:3]) or f"no {what}"
        mend = "look at the report; if the world changed, `herald train DESCRIPTOR`" if first else ""
        found.append(Finding(f"{words} moved by more than {MUCH} (PSI)", mend))
    blind = [s for s in drift.features if s.unknown_now - s.unknown_then > UNKNOWN_MORE_AT_MOST]
    words = ", ".join(f"{s.name} {s.unknown_then:.0%} to {s.unknown_now:.0%}" for s in blind[:3]) or "no feature"
    found.append(Finding(f"{words} became unknown for many", "see which register fell silent" if blind else ""))
    return found


def promises_kept(source: Source, rival: Rival, at: datetime) -> Finding:
    """Needs promised and arisen at the decision times since it learnt whose label windows are closed by now."""
    times = [
        t for t in decision_times(source.descriptor, rival.learnt_through, at) if window_end(source.descriptor, t) <= at
    ]
    if not times:
        return Finding("calibration: no label window closed since it learnt")
    examples = replace(source, schema=rival.schema, rows_at_most=20_000).labelled(times, at)
    needs = [str(need) for need in rival.scorer.need_keys]
    places = [list(source.descriptor.needs).index(need) for need in needs if need in source.descriptor.needs]
    mine = [place for place, need in enumerate(needs) if need in source.descriptor.needs]
    p = rival.scorer.score(examples.features)[:, mine].astype(float)
    expected, seen = expected_and_seen(p, examples.labels[:, places].astype(float))
    off = abs(seen - expected) / max(expected, 1.0)
    wrong = max(expected, seen) >= SMALLEST_TOTAL and off > OFF_BY_AT_MOST
    words = f"calibration: {expected:.0f} needs promised since it learnt, {seen:.0f} arose"
    return Finding(words, "the world or the registers changed: run `herald train DESCRIPTOR`" if wrong else "")

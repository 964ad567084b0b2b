"""The city, month by month, into a folder of tables."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.city import population
from experiments.city.events import assess_income, live
from experiments.city.parameters import EVENTS, NEVER, Months
from experiments.city.population import State
from experiments.city.registers import Registers
from experiments.city.services import EARLIER, LATER, PLACE, SERVICES
from experiments.city.truth import Watch
from experiments.city.uptake import claims, endings
from experiments.city.view import View
from experiments.city.write import write_tables

Streams = dict[str, np.random.Generator]
STREAMS = ("people", "life", "desk", "truth", "later_life", "later_desk")
"""Sources of random numbers, by place: a new one goes to the end. What services that came later do is drawn apart."""
HELD_BEFORE = {
    "child_allowance": 0.75, "state_pension": 0.92, "rent_support": 0.3, "senior_travel_card": 0.7, "senior_meals": 0.1,
    "health_check": 0.3, "heating_aid": 0.55, "disability_allowance": 0.65, "care_allowance": 0.65,
    "student_grant": 0.5, "old_age_subsidy": 0.7, "retiree_medical_insurance": 0.9, "disability_certificate": 0.8,
    "disability_nursing_subsidy": 0.6, "survivor_pension": 0.5, "minimum_living_allowance": 0.3,
    "public_rental_housing": 0.3, "flexible_work_insurance": 0.6,
}  # fmt: skip
"""Share of those entitled who used a service before the data begin."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to simulate. truth: how many citizens get their true probabilities written; 0: none."""

    citizens: int
    months: int
    seed: int
    truth: int = 0


@dataclass(frozen=True, slots=True)
class Built:
    """rows per file, and recorded events per type and year for a thousand citizens."""

    rows: dict[str, int]
    rates: dict[str, float]


def build(out: Path, plan: Plan, progress: Callable[[str, int, int], None] | None = None) -> Built:
    """Simulate and write all tables; with `plan.truth` also the truth. The same plan writes the same bytes.

    progress : called with what is being done, how much of it is done, and how much there is.
    """
    tell = progress or (lambda what, done, of: None)
    rng = {name: np.random.default_rng([plan.seed, i]) for i, name in enumerate(STREAMS)}
    state = population.draw(rng["people"], plan.citizens, len(SERVICES), plan.months)
    _before(state, rng["people"])
    registers = Registers(rng["desk"], rng["later_desk"], state.size)
    registers.open(state)
    watch = Watch(state, plan.months, plan.truth, rng["truth"])
    counts: Months = np.zeros(len(EVENTS), dtype=np.int64)
    for month in range(plan.months):
        tell("living", month, plan.months)
        counts += _month(state, month, rng, registers, watch)
    tell("writing", 0, 1)
    rows = write_tables(out, registers, state, plan.months, rng["desk"])
    rows |= watch.write(out, registers, lambda done, of: tell("branching", done, of))
    scale = 12_000 / plan.months / plan.citizens
    return Built(rows, {name: round(float(counts[i]) * scale, 2) for i, name in enumerate(EVENTS)})


def _month(state: State, month: int, rng: Streams, registers: Registers, watch: Watch) -> Months:
    lived = live(state, month, rng["life"])
    watch.saw_events(lived)
    registers.note_events(state, month, lived.fired)
    for which, stream in ((EARLIER, rng["life"]), (LATER, rng["later_life"])):
        for service, who in endings(state, month, stream, which):
            registers.note_endings(month, service, who)
        for drawn in claims(state, month, stream, which):
            watch.saw_claims(drawn)
            registers.note_claims(month, drawn)
    registers.note_attributes(state, month)
    watch.month_ended(state, month)
    counted: Months = lived.fired.sum(axis=1)
    return counted


def _before(state: State, rng: np.random.Generator) -> None:
    """Income as last assessed, and the services used before the data begin."""
    assess_income(state, rng, np.arange(state.size))
    view = View(state, -1, slice(None))
    for number, service in enumerate(SERVICES):
        who = service.entitled(view) & (state.arrival < 0)
        if service.usage != "repeatable" and service.event is not None:
            who &= state.last[service.event_row] != NEVER
        if service.excludes:
            who &= ~state.held[[PLACE[other] for other in service.excludes]].any(axis=0)
        if service.id == "child_allowance":
            who &= state.children > 0
        who &= rng.random(state.size) < HELD_BEFORE.get(service.id, 0.0)
        ago = rng.integers(1, 13, state.size)
        if service.id == "heating_aid":
            ago = rng.integers(1, 4, state.size)
        state.last_use[number, who] = (-ago)[who]
        state.uses[who] += not service.later
        if service.usage == "held":
            state.held[number, who] = True

"""One month of life: which events the registers record, and what they change. Used by the city and by its branches."""

from dataclasses import dataclass

import numpy as np

from experiments.city import population as people
from experiments.city.hazards import death_hazard, hazards, short_time_hazard, with_stability
from experiments.city.parameters import AT, Floats, Mask, Rows
from experiments.city.population import State

INCOME_OF_WORK = np.array([26_000, 24_000, 8_500, 5_000, 6_500, 14_000], dtype=np.float32)
INCOME_OF_SCHOOLING = np.array([0.72, 0.9, 1.05, 1.45], dtype=np.float32)
INCOME_BANDS = np.array([8_500, 13_500, 19_500, 27_500], dtype=np.float32)
"""Bounds between the fifths of assessed income, fixed so that a branch of the city reads them as the city does."""
STATEMENT_MONTH, ASSESSMENT_MONTH = 0, 4
"""January: the year's insured months are credited. May: last year's income is assessed."""


@dataclass(frozen=True, slots=True)
class Month:
    """What one month brought. base: hazards before stability; fired: recorded events; both (types, citizens)."""

    base: Floats
    fired: Mask


def live(state: State, month: int, rng: np.random.Generator) -> Month:
    """Draw one month's events for everybody and change `state` in place."""
    base = hazards(state, month)
    fired = rng.random(base.shape, dtype=np.float32) < with_stability(base, state.stability)
    switched = rng.random(state.size, dtype=np.float32) < short_time_hazard(state, month)
    died = rng.random(state.size, dtype=np.float32) < death_hazard(state, month)
    state.short_time ^= switched
    state.last[fired] = month
    _family(state, fired, month, rng)
    _study(state, fired, month, rng)
    _work(state, fired, month)
    _home(state, fired, month, rng)
    _health(state, fired, month, rng)
    _paperwork(state, month, rng)
    state.alive &= ~died
    return Month(base, fired)


def assess_income(state: State, rng: np.random.Generator, who: Rows) -> None:
    """Last year's income as the tax office assesses it, in whole hundreds, and its band."""
    usual = INCOME_OF_WORK[state.work[who]] * INCOME_OF_SCHOOLING[state.schooling[who]]
    noise = rng.normal(0.0, 0.08, who.size).astype(np.float32)
    state.income[who] = np.round(usual * np.exp(state.income_level[who] + noise) / 100) * 100
    state.fifth[who] = np.searchsorted(INCOME_BANDS, state.income[who], side="right") + 1


def _rows(fired: Mask, event: str) -> Rows:
    return np.flatnonzero(fired[AT[event]])


def _family(state: State, fired: Mask, month: int, rng: np.random.Generator) -> None:
    born = _rows(fired, "child_born")
    state.births[1:, born] = state.births[:-1, born]
    state.births[0, born] = month
    state.children[:] = people.count_children(state, month)
    bereaved = _rows(fired, "relative_died")
    old = (state.marital[bereaved] == people.MARRIED) & (month - state.birth[bereaved] > 62 * 12)
    state.marital[bereaved[old & (rng.random(bereaved.size) < 0.35)]] = people.WIDOWED
    state.marital[_rows(fired, "marriage")] = people.MARRIED
    state.marital[_rows(fired, "divorce")] = people.DIVORCED


def _study(state: State, fired: Mask, month: int, rng: np.random.Generator) -> None:
    done = _rows(fired, "graduated")
    state.enrolled[done] = False
    further = 1 + (rng.random(done.size) < 0.55)
    state.schooling[done] = np.minimum(state.schooling[done] + np.where(state.schooling[done] == 1, further, 1), 3)
    seeking = done[state.work[done] == people.STUDENT]
    state.work[seeking] = people.UNEMPLOYED
    state.work_since[seeking] = month
    begun = _rows(fired, "student_enrolled")
    state.enrolled[begun] = True
    free = begun[(state.work[begun] == people.UNEMPLOYED) | (state.work[begun] == people.INACTIVE)]
    state.work[free] = people.STUDENT
    state.work_since[free] = month


def _work(state: State, fired: Mask, month: int) -> None:
    for event, work in (
        ("job_started", people.EMPLOYEE),
        ("business_started", people.SELF_EMPLOYED),
        ("job_lost", people.UNEMPLOYED),
        ("business_closed", people.UNEMPLOYED),
        ("retired", people.RETIRED),
    ):
        rows = _rows(fired, event)
        state.work[rows] = work
        state.work_since[rows] = month
        state.short_time[rows] = False
    state.worked += (state.work <= people.SELF_EMPLOYED).astype(np.int8)


def _home(state: State, fired: Mask, month: int, rng: np.random.Generator) -> None:
    moved = _rows(fired, "moved_residence")
    state.district[moved] = rng.integers(0, people.DISTRICTS, moved.size)
    elsewhere = rng.random(moved.size) < 0.06
    actual = np.where(elsewhere, rng.integers(0, people.DISTRICTS, moved.size), state.district[moved])
    state.actual_district[moved] = actual
    buys = np.interp((month - state.birth[moved]) / 12, [22, 40], [0.08, 0.4])
    kind = np.where(rng.random(moved.size) < buys, people.OWN, people.RENT)
    state.tenure[moved] = np.where(rng.random(moved.size) < 0.12, people.SOCIAL, kind)
    granted = _rows(fired, "residence_permit_granted")
    state.residence[granted[month - state.arrival[granted] >= 60]] = people.PERMANENT


def _health(state: State, fired: Mask, month: int, rng: np.random.Generator) -> None:
    stayed = _rows(fired, "hospital_stay")
    state.health[stayed] = np.minimum(state.health[stayed] + (rng.random(stayed.size) < 0.4), 2)
    recognised = _rows(fired, "disability_recognised")
    state.disability[recognised] = np.minimum(state.disability[recognised] + 1, 2)
    cared = _rows(fired, "care_need_recognised")
    state.care_level[cared] += 1
    if month % 12 == 10:
        recovers = (rng.random(state.size, dtype=np.float32) < 0.25) & (month - state.last[AT["hospital_stay"]] > 12)
        state.health[recovers] = np.maximum(state.health[recovers] - 1, 0)


def _paperwork(state: State, month: int, rng: np.random.Generator) -> None:
    """The yearly statements of insurance and income; between them the registers hold last year's figures."""
    if month % 12 == STATEMENT_MONTH:
        state.insurance += state.worked
        state.worked[:] = 0
    if month % 12 == ASSESSMENT_MONTH:
        assess_income(state, rng, np.flatnonzero(state.active(month)))

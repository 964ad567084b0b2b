"""What may become of people from one moment on: many copies of each live the next months, for each hidden class."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from experiments.city.events import live
from experiments.city.hazards import with_stability
from experiments.city.parameters import (
    AT,
    BOOKS_CLOSE,
    CLASSES,
    DELAY_DAYS,
    HORIZON_MONTHS,
    REGISTER_ROW,
    USE_DELAY_DAYS,
    Floats,
    Mask,
    first_day,
    last_day,
)
from experiments.city.population import State
from experiments.city.services import EVENT_NEEDS, NEEDS, SERVICES, USED
from experiments.city.uptake import claims, endings, with_attention
from recommender.instants import after

COPIES = 32
"""Copies of each citizen in each of the six classes: 192 lives, 96 for each stability."""
LATEST_RECORD_MONTHS = 3
"""An event of the window may be recorded this many months after it."""
Chances = npt.NDArray[np.float64]


def window_days(month: int) -> tuple[int, int]:
    """Ordinals of t, the last day of `month`, and of t+H; an event counts when first < its day <= second."""
    at = last_day(month)
    end = after(datetime(at.year, at.month, at.day, tzinfo=UTC), f"P{HORIZON_MONTHS}M")
    return at.toordinal(), end.toordinal()


def counted_share(month: int, ahead: int, delays: tuple[int, int]) -> float:
    """Chance that an event recorded `ahead` months after t's month happened within (t, t+H]."""
    start, end = window_days(month)
    known = first_day(month + ahead).toordinal() + np.arange(BOOKS_CLOSE)[:, None]
    happened = known - np.arange(delays[0], delays[1] + 1)[None, :]
    return float(((happened > start) & (happened <= end)).mean())


def branch(
    state: State, month: int, months: int, rng: np.random.Generator, progress: Callable[[int, int], None]
) -> Chances:
    """Probability of each need within the horizon for people of each class, shape (classes, needs, citizens).

    state  : the citizens as of the end of `month`; not changed.
    months : length of the data; what would be recorded later is not counted, as it is not in the tables either.

    Each month adds the hazard itself, not the draw, for copies that have not had the event counted yet: the same mean
    with far less noise where an event is rare. Where it is likelier than not, such sums are noisy and may pass 1; there
    the copies that had it are counted, half a copy added to each side, so that no noise is taken for certainty.
    Events of a register that does not hold the citizen are never recorded: probability 0.
    """
    ahead = min(HORIZON_MONTHS + LATEST_RECORD_MONTHS, months - 1 - month)
    shape = (len(CLASSES), len(NEEDS), state.size)
    summed, counted = np.zeros(shape), np.zeros(shape)
    copies = np.repeat(np.arange(state.size), COPIES)
    for number, (stability, attention) in enumerate(CLASSES):
        many = state.take(copies)
        many.stability[:], many.attention[:] = stability, attention
        for total, found in zip((summed, counted), _live_on(many, month, ahead, rng), strict=True):
            total[number] = found.reshape(len(NEEDS), state.size, COPIES).mean(axis=2)
        progress(number + 1, len(CLASSES))
    events = len(EVENT_NEEDS)
    for stability in range(2):  # attention moves claims only: its three runs are copies of the same lives
        same = [i for i, pair in enumerate(CLASSES) if pair[0] == stability]
        for total in (summed, counted):
            total[same, :events] = total[same, :events].mean(axis=0)
    copied = np.full((1, len(NEEDS), 1), COPIES)
    copied[:, :events] *= len(CLASSES) // 2
    return np.where(counted > 0.5, (counted * copied + 0.5) / (copied + 1), np.minimum(summed, 1.0))


def _live_on(many: State, month: int, ahead: int, rng: np.random.Generator) -> tuple[Floats, Mask]:
    """Per need and copy: the sum of hazards, and whether it was had and counted."""
    chance = np.zeros((len(NEEDS), many.size), dtype=np.float32)
    waiting = np.ones((len(NEEDS), many.size), dtype=np.bool_)
    rows = np.array([AT[need] for need in EVENT_NEEDS])
    held = ~many.missing[REGISTER_ROW[rows]]
    events = slice(0, len(EVENT_NEEDS))
    for step in range(1, ahead + 1):
        lived = live(many, month + step, rng)
        share = np.array([counted_share(month, step, DELAY_DAYS[need]) for need in EVENT_NEEDS], dtype=np.float32)
        hazard = with_stability(lived.base, many.stability)[rows]
        chance[events] += hazard * held * share[:, None] * waiting[events]
        counted = lived.fired[rows] & (rng.random((rows.size, many.size), dtype=np.float32) < share[:, None])
        waiting[events] &= ~counted
        _claim_on(many, month, step, rng, (chance, waiting))
    return chance, ~waiting


def _claim_on(many: State, month: int, step: int, rng: np.random.Generator, sums: tuple[Floats, Mask]) -> None:
    chance, waiting = sums
    share = np.float32(counted_share(month, step, USE_DELAY_DAYS))
    for _ in endings(many, month + step, rng, USED):
        pass
    for drawn in claims(many, month + step, rng, USED):
        need = NEEDS.index(SERVICES[drawn.service].need)
        hazard = with_attention(drawn.chance, many.attention[drawn.rows])
        chance[need, drawn.rows] += hazard * share * waiting[need, drawn.rows]
        counted = drawn.claimed & (rng.random(drawn.rows.size, dtype=np.float32) < share)
        waiting[need, drawn.rows[counted]] = False

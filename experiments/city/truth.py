"""The truth behind the tables: probability of each need given everything, and given all that a register can see."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from experiments.city.branching import Chances, branch, window_days
from experiments.city.events import Month
from experiments.city.hazards import with_stability
from experiments.city.parameters import (
    AT,
    ATTENTION,
    ATTENTION_PRIOR,
    CLASSES,
    HORIZON_MONTHS,
    REGISTER_ROW,
    STABILITY_ROWS,
    UNSETTLED_SHARE,
    Mask,
    Rows,
    Values,
)
from experiments.city.population import State
from experiments.city.registers import DAY_US, EPOCH, STARTED, Registers
from experiments.city.services import EVENT_NEEDS, NEEDS, SERVICES, SERVICES_OF
from experiments.city.uptake import Claims, with_attention
from experiments.city.view import View
from experiments.city.write import UTC, citizen_ids, write


@dataclass(frozen=True)
class Moment:
    """The watched citizens at one decision time. posterior: (classes, citizens); services: (services, citizens)."""

    month: int
    rows: Rows
    state: State
    posterior: Chances
    entitled: Mask
    held: Mask
    fifth: npt.NDArray[np.int8]


class Watch:
    """Follows, while the city lives, what an observer of all registers must believe about the hidden classes.

    The two hidden traits are independent before anything is seen, each event or claim speaks of one of them only, so
    their posteriors stay independent: recursive Bayes over two and over three classes is exact for what is recorded.
    """

    def __init__(self, state: State, months: int, citizens: int, rng: np.random.Generator) -> None:
        self._months, self._citizens, self._rng = months, citizens, rng
        self._times = [m for m in (months - 1 - 2 * HORIZON_MONTHS, months - 1 - HORIZON_MONTHS) if m >= 0]
        self._moments: list[Moment] = []
        if citizens:
            self._held = ~state.missing[REGISTER_ROW[STABILITY_ROWS]]
            self._unsettled = np.full(state.size, np.log(UNSETTLED_SHARE / (1 - UNSETTLED_SHARE)))
            self._attention = np.log(ATTENTION_PRIOR[state.schooling].T.astype(np.float64))

    def saw_events(self, lived: Month) -> None:
        """Weigh this month's recorded events, and their absence, for the settled and the unsettled."""
        if not self._citizens:
            return
        base, fired = lived.base, lived.fired[STABILITY_ROWS]
        settled = with_stability(base, 0)[STABILITY_ROWS]
        unsettled = with_stability(base, 1)[STABILITY_ROWS]
        with np.errstate(divide="ignore", invalid="ignore"):
            told = np.where(fired, np.log(unsettled) - np.log(settled), np.log1p(-unsettled) - np.log1p(-settled))
        self._unsettled += (told * self._held).sum(axis=0)

    def saw_claims(self, drawn: Claims) -> None:
        """Weigh the claims made, and not made, by those who could claim, for each attention."""
        if not self._citizens:
            return
        for attention in range(len(ATTENTION)):
            chance = with_attention(drawn.chance, attention)
            self._attention[attention, drawn.rows] += np.log(
                np.where(drawn.claimed, np.maximum(chance, 1e-12), 1 - chance)
            )

    def month_ended(self, state: State, month: int) -> None:
        """Keep the watched citizens' state when this month's last day is a decision time."""
        if not self._citizens or month not in self._times:
            return
        if not self._moments:
            present = np.flatnonzero(state.active(month))
            self._sample = np.sort(self._rng.permutation(present)[: self._citizens])
        rows = self._sample[state.active(month)[self._sample]]
        view = View(state, month, rows)
        income = state.income[state.active(month)]
        bounds = np.quantile(income, (0.2, 0.4, 0.6, 0.8))
        self._moments.append(
            Moment(
                month=month,
                rows=rows,
                state=state.take(rows),
                posterior=self._posterior(rows),
                entitled=np.stack([service.entitled(view) for service in SERVICES]),
                held=np.stack([_held(state, rows, number) for number in range(len(SERVICES))]),
                fifth=(np.searchsorted(bounds, state.income[rows], side="left") + 1).astype(np.int8),
            )
        )

    def write(self, out: Path, registers: Registers, progress: Callable[[int, int], None]) -> dict[str, int]:
        """Branch from every decision time and write truth.parquet and truth_services.parquet; rows per file."""
        if not self._moments:
            return {}
        ids = citizen_ids(int(max(moment.rows.max() for moment in self._moments)) + 1)
        needs, services = [], []
        for number, moment in enumerate(self._moments):

            def tell(done: int, of: int, number: int = number) -> None:
                progress(number * of + done, of * len(self._moments))

            chances = branch(moment.state, moment.month, self._months, self._rng, tell)
            happened, claimed = _outcomes(moment, registers)
            needs.append(_needs(moment, chances, (happened, claimed), ids))
            services.append(_services(moment, (happened, claimed), ids))
        frames = {"truth.parquet": pl.concat(needs), "truth_services.parquet": pl.concat(services)}
        for name, frame in frames.items():
            write(frame, out / name)
        return {name: frame.height for name, frame in frames.items()}

    def _posterior(self, rows: Rows) -> Chances:
        unsettled = 1 / (1 + np.exp(-self._unsettled[rows]))
        weight = np.exp(self._attention[:, rows] - self._attention[:, rows].max(axis=0))
        attention = weight / weight.sum(axis=0)
        stability = np.stack([1 - unsettled, unsettled])
        return np.stack([stability[s] * attention[a] for s, a in CLASSES])


def _held(state: State, rows: Rows, number: int) -> Mask:
    """Held now, or used up: a service that is had once."""
    used = (state.last_use[number, rows] > -30_000) & (SERVICES[number].usage == "once")
    held: Mask = state.held[number, rows] | used
    return held


def _outcomes(moment: Moment, registers: Registers) -> tuple[Mask, Mask]:
    """Per need: was it recorded within the window; per service: was it claimed after t, by data's end."""
    start, end = window_days(moment.month)
    place = np.full(int(moment.rows.max()) + 1, -1)
    place[moment.rows] = np.arange(moment.rows.size)
    happened = np.zeros((len(NEEDS), moment.rows.size), dtype=np.bool_)
    claimed = np.zeros((len(SERVICES), moment.rows.size), dtype=np.bool_)

    def watched(rows: dict[str, Values]) -> dict[str, Values]:
        day = rows["happened"] // DAY_US + EPOCH
        keep = (rows["citizen"] < place.size) & (day > start)
        keep[keep] = place[rows["citizen"][keep]] >= 0
        return {name: values[keep] for name, values in rows.items()} | {"day": day[keep]}

    events, uses = watched(registers.events.get()), watched(registers.uses.get())
    kind_of = np.full(len(AT), -1)
    kind_of[[AT[need] for need in EVENT_NEEDS]] = np.arange(len(EVENT_NEEDS))
    due = (events["day"] <= end) & (kind_of[events["kind"]] >= 0)
    happened[kind_of[events["kind"][due]], place[events["citizen"][due]]] = True
    started = uses["use"] == STARTED
    claimed[uses["service"][started], place[uses["citizen"][started]]] = True
    need_of = np.array([NEEDS.index(s.need) if s.event is None else -1 for s in SERVICES])
    used = started & (uses["day"] <= end) & (need_of[uses["service"]] >= 0)
    happened[need_of[uses["service"][used]], place[uses["citizen"][used]]] = True
    return happened, claimed


def _needs(moment: Moment, chances: Chances, outcomes: tuple[Mask, Mask], ids: pl.Series) -> pl.DataFrame:
    happened, claimed = outcomes
    own = np.array([CLASSES.index((s, a)) for s, a in zip(moment.state.stability, moment.state.attention, strict=True)])
    size = moment.rows.size
    truth = chances[own, :, np.arange(size)].T
    reachable = np.einsum("cn,ckn->kn", moment.posterior, chances).clip(0.0, 1.0)
    free = moment.entitled & ~moment.held
    entitled = np.stack([free[list(SERVICES_OF[need])].any(axis=0) for need in NEEDS])
    claims = np.stack([(claimed & free)[list(SERVICES_OF[need])].any(axis=0) for need in NEEDS])
    return _frame(moment, ids, "need", NEEDS).with_columns(
        probability=truth.T.ravel(),
        reachable=reachable.T.ravel(),
        happened=pl.Series(happened.T.ravel().astype(np.int8)),
        entitled=entitled.T.ravel(),
        claims=claims.T.ravel(),
        neediness=np.repeat(moment.fifth, len(NEEDS)),
    )


def _services(moment: Moment, outcomes: tuple[Mask, Mask], ids: pl.Series) -> pl.DataFrame:
    happened, claimed = outcomes
    due = np.stack([happened[NEEDS.index(service.need)] for service in SERVICES])
    return _frame(moment, ids, "service_id", tuple(service.id for service in SERVICES)).with_columns(
        entitled=moment.entitled.T.ravel(),
        held=moment.held.T.ravel(),
        due=due.T.ravel(),
        claims=claimed.T.ravel(),
        fifth=np.repeat(moment.fifth, len(SERVICES)),
    )


def _frame(moment: Moment, ids: pl.Series, key: str, names: tuple[str, ...]) -> pl.DataFrame:
    start, _ = window_days(moment.month)
    at = pl.lit((start - EPOCH) * DAY_US).cast(UTC).alias("as_of")
    citizens = pl.Series("citizen_id", ids.gather(np.repeat(moment.rows, len(names))))
    words = pl.Series(key, list(names) * moment.rows.size)
    return pl.DataFrame([citizens, words]).select("citizen_id", at, key)

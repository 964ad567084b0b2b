"""Who of those entitled claims: awareness, friction and earlier contact, so that about a third never do."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from experiments.city.parameters import ATTENTION, FAR, NEVER, Codes, Floats, Mask, Rows, by_duration
from experiments.city.population import State
from experiments.city.services import PLACE, SERVICES, CityService
from experiments.city.view import View

PACE = by_duration({0: 0.26, 1: 0.30, 2: 0.20, 3: 0.12, 4: 0.08, 5: 0.06, 6: 0.035, 9: 0.02, 12: 0.01}, never=0)
"""Monthly propensity to claim by months since the event was recorded."""
NEED = np.array([1.0, 0.66, 0.82, 0.98, 1.12, 1.24], dtype=np.float32)
"""By income band (0 unused): the neediest respond least."""
PHONE = np.array([1.05, 0.85, 0.68], dtype=np.float32)
GROUP = np.array([1.04, 0.94, 0.86, 0.82], dtype=np.float32)
"""Friction by ethnic group: forms in the wrong language, fewer offices nearby. There to be found by an audit."""
ELSEWHERE, KNOWN_TO_AN_OFFICE = np.float32(0.75), np.float32(1.3)
"""Living elsewhere than registered; having used any public service before."""
WITHOUT_TITLE = np.float32(0.07)
"""Propensity of people who are not entitled, against that of those who are; they are refused."""
REFUSED_SHARE = 0.04
"""Share of entitled claims refused, for papers missing."""
MOST = np.float32(0.85)


@dataclass(frozen=True, slots=True)
class Claims:
    """One service in one month. rows: who could claim; entitled and claimed beside them; granted among the claimed."""

    service: int
    rows: Rows
    chance: Floats
    entitled: Mask
    claimed: Mask
    granted: Mask


def claims(state: State, month: int, rng: np.random.Generator, which: tuple[int, ...]) -> Iterator[Claims]:
    """Draw this month's claims of these services and change `state`; `chance` is that of middling attention.

    A claim of an event's service is counted once an event; a held service is not claimed again while held.
    """
    active = state.active(month)
    for number in which:
        service = SERVICES[number]
        rows = np.flatnonzero(_open(state, month, number, service) & active)
        view = View(state, month, rows)
        entitled = service.entitled(view)
        chance = _chance(view, number, service, entitled)
        claimed = rng.random(rows.size, dtype=np.float32) < with_attention(chance, state.attention[rows])
        granted = claimed & entitled & (rng.random(rows.size, dtype=np.float32) >= REFUSED_SHARE)
        state.last_use[number, rows[claimed]] = month
        state.uses[rows[claimed]] += not service.later
        if service.usage == "held":
            state.held[number, rows[granted]] = True
        yield Claims(number, rows, chance, entitled, claimed, granted)


def endings(state: State, month: int, rng: np.random.Generator, which: tuple[int, ...]) -> Iterator[tuple[int, Rows]]:
    """End held services whose time is up or whose condition fell away; per service those for whom it ended."""
    for number in which:
        service = SERVICES[number]
        rows = np.flatnonzero(state.held[number]) if service.usage == "held" else np.empty(0, dtype=np.intp)
        over = np.zeros(rows.size, dtype=np.bool_)
        if service.lasts is not None:
            over |= month - state.last_use[number, rows] >= service.lasts
        if service.ends is not None:
            over |= service.ends(View(state, month, rows))
        if service.leaves:
            over |= rng.random(rows.size) < service.leaves
        over &= state.alive[rows]
        state.held[number, rows[over]] = False
        yield number, rows[over]


def with_attention(chance: Floats, attention: Codes | int) -> Floats:
    """Monthly probability of a claim for people of this class (one for all, or one each)."""
    result: Floats = np.minimum(chance * ATTENTION[attention], MOST)
    return result


def _open(state: State, month: int, number: int, service: CityService) -> Mask:
    """Who could claim now: not holding it, not used up, and where an event is needed, within its window."""
    barring = [number, *(PLACE[other] for other in service.excludes)]
    free = np.logical_not(state.held[barring].any(axis=0))
    if month < service.begins:
        free[:] = False
    if service.usage == "once":
        free = free & (state.last_use[number] == NEVER)
    if service.event is None:
        return free
    last = state.last[service.event_row]
    due: Mask = free & (month - last < service.window) & (state.last_use[number] < last)
    return due


def _chance(view: View, number: int, service: CityService, entitled: Mask) -> Floats:
    state, rows = view.state, view.rows
    reach = NEED[state.fifth[rows]] * PHONE[state.phone[rows]] * GROUP[state.ethnic[rows]]
    reach *= np.where(state.actual_district[rows] != state.district[rows], ELSEWHERE, np.float32(1))
    own = np.minimum(view.month - state.last_use[number, rows], FAR)
    if service.pace is not None:
        return (service.pace(view, own) * reach * entitled * np.float32(service.ease)).astype(np.float32)
    assert service.event is not None
    reach *= np.where(state.uses[rows] > 0, KNOWN_TO_AN_OFFICE, np.float32(1))
    pace = PACE[view.since(service.event)] * np.float32(service.ease)
    result: Floats = (pace * reach * np.where(entitled, np.float32(1), WITHOUT_TITLE)).astype(np.float32)
    return result

"""The city's public services and its own truth of who is entitled to them; never read from the catalogue's rules."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from experiments.city import population as people
from experiments.city.parameters import AT, FAR, Codes, Floats, Mask, Months, Rows, by_duration
from experiments.city.population import State


@dataclass(frozen=True)
class View:
    """Some citizens of a state in one month; entitlement reads people only through it."""

    state: State
    month: int
    rows: Rows | slice

    @cached_property
    def age(self) -> Months:
        years: Months = (self.month - self.state.birth[self.rows]) // 12
        return years

    @cached_property
    def months_here(self) -> Months:
        here: Months = self.month - self.state.arrival[self.rows]
        return here

    @cached_property
    def settled(self) -> Mask:
        """A citizen or a permanent resident."""
        result: Mask = self.state.residence[self.rows] <= people.PERMANENT
        return result

    @cached_property
    def temporary(self) -> Mask:
        result: Mask = self.state.residence[self.rows] == people.TEMPORARY
        return result

    @cached_property
    def working(self) -> Mask:
        result: Mask = self.state.work[self.rows] <= people.SELF_EMPLOYED
        return result

    @property
    def income(self) -> Floats:
        return self.state.income[self.rows]

    @property
    def insurance(self) -> Months:
        return self.state.insurance[self.rows]

    @property
    def children(self) -> Codes:
        return self.state.children[self.rows]

    @property
    def tenure(self) -> Codes:
        return self.state.tenure[self.rows]

    @property
    def work(self) -> Codes:
        return self.state.work[self.rows]

    @property
    def schooling(self) -> Codes:
        return self.state.schooling[self.rows]

    @property
    def marital(self) -> Codes:
        return self.state.marital[self.rows]

    def since(self, event: str) -> Months:
        """Months since the event was last recorded, FAR when never."""
        months: Months = np.minimum(self.month - self.state.last[AT[event]][self.rows], FAR)
        return months


@dataclass(frozen=True)
class CityService:
    """One public service as the city runs it.

    event    : the event that makes it due for `window` months; None: `pace` alone decides.
    ease     : the larger, the more of those entitled claim (1: about two in three).
    pace     : monthly propensity to claim where no event stands for it, from state and months since the own last claim.
    usage    : once, repeatable or held; a held service ends after `lasts` months, when `ends` holds, or by `leaves`.
    """

    id: str
    need: str
    entitled: Callable[[View], Mask]
    event: str | None = None
    window: int = 12
    ease: float = 1.0
    usage: str = "repeatable"
    pace: Callable[[View, Months], Floats] | None = None
    lasts: int | None = None
    ends: Callable[[View], Mask] | None = None
    leaves: float = 0.0

    @property
    def event_row(self) -> int:
        return AT[self.event or ""]


WINTER_MONTHS = (10, 11, 0, 1)
AGAIN_LAST_WINTER = by_duration({0: 0, 8: 0.55, 16: 0.08}, never=0.05)
CHECKED = by_duration({0: 0, 10: 0.02, 11: 0.12, 12: 0.24, 13: 0.17, 14: 0.06, 18: 0.02, 30: 0.008}, never=0.005)
RENT_AGAIN = by_duration({0: 0, 12: 0.45, 14: 0.05, 20: 0.008}, never=0.006)
MOVED_THEN_RENT = by_duration({0: 9.0, 5: 1}, never=1)
LOST_THEN_RENT = by_duration({0: 7.0, 7: 1}, never=1)
HOME_THEN_MEALS = by_duration({0: 16.0, 4: 1.5, 12: 0.7}, never=0.6)
ALONE_THEN_MEALS = by_duration({0: 7.0, 7: 1}, never=0.9)


def _heating(view: View, own: Months) -> Floats:
    winter = np.float32(view.month % 12 in WINTER_MONTHS)
    result: Floats = AGAIN_LAST_WINTER[own] * winter
    return result


def _rent(view: View, own: Months) -> Floats:
    result: Floats = RENT_AGAIN[own] * MOVED_THEN_RENT[view.since("moved_residence")]
    return result * LOST_THEN_RENT[view.since("job_lost")]


def _meals(view: View, own: Months) -> Floats:
    alone = HOME_THEN_MEALS[view.since("hospital_stay")] * ALONE_THEN_MEALS[view.since("relative_died")]
    result: Floats = np.float32(0.004) * alone
    return result


def _check_up(view: View, own: Months) -> Floats:
    return CHECKED[own]


def _travel_card(view: View, own: Months) -> Floats:
    birthday = (view.month - view.state.birth[view.rows]) - 60 * 12
    result: Floats = np.select([birthday < 2, birthday < 5, birthday < 24], [0.4, 0.15, 0.03], 0.006).astype(np.float32)
    return result


SERVICES: tuple[CityService, ...] = (
    CityService("birth_allowance", "child_born", lambda v: v.settled & (v.income <= 45_000), "child_born", ease=1.3),
    CityService("child_allowance", "child_born", lambda v: v.settled & (v.months_here >= 12), "child_born", ease=1.5,
                usage="held", ends=lambda v: v.children == 0),
    CityService("parental_leave_pay", "child_born", lambda v: (v.work == people.EMPLOYEE) & (v.insurance >= 12),
                "child_born", window=6, ease=1.2),
    CityService("antenatal_checks", "prenatal_care_started", lambda v: v.age < 50, "prenatal_care_started", window=6),
    CityService("school_supplies_grant", "school_entry", lambda v: (v.income <= 24_000) & (v.children >= 1),
                "school_entry", window=3, ease=0.9),
    CityService("after_school_care", "school_entry", lambda v: v.working & (v.children >= 1), "school_entry", window=6),
    CityService("student_grant", "student_enrolled", lambda v: v.settled & (v.age < 30) & (v.income <= 20_000),
                "student_enrolled", window=6, usage="held", ends=lambda v: ~v.state.enrolled[v.rows]),
    CityService("student_travel_pass", "student_enrolled", lambda v: v.age < 35, "student_enrolled", window=6,
                ease=1.4),
    CityService("career_guidance", "graduated", lambda v: (v.age < 40) & (v.insurance < 120), "graduated", ease=0.7),
    CityService("first_job_bonus", "job_started", lambda v: (v.age < 30) & (v.insurance < 48), "job_started", window=6,
                usage="once"),
    CityService("commuter_allowance", "job_started", lambda v: (v.age < 65) & (v.income <= 30_000), "job_started",
                window=6, ease=0.75),
    CityService("unemployment_benefit", "job_lost", lambda v: (v.insurance >= 12) & (v.age < 65), "job_lost", window=6,
                ease=1.2, usage="held", lasts=12, ends=lambda v: v.working),
    CityService("retraining_voucher", "job_lost", lambda v: (v.schooling <= 2) & (v.age >= 20) & (v.age < 60),
                "job_lost", ease=0.7),
    CityService("moving_help", "moved_residence", lambda v: (v.tenure != people.OWN) & (v.income <= 25_000),
                "moved_residence", window=3, ease=0.8),
    CityService("school_place_transfer", "moved_residence", lambda v: v.children >= 1, "moved_residence", window=6),
    CityService("newlywed_housing_loan", "marriage", lambda v: v.settled & (v.age < 40) & (v.tenure == people.RENT),
                "marriage", usage="once", ease=0.7),
    CityService("joint_tax_assessment", "marriage", lambda v: (v.age >= 18) & v.working, "marriage", ease=1.1),
    CityService("single_parent_supplement", "divorce", lambda v: v.settled & (v.children >= 1), "divorce", usage="held",
                ease=0.9, ends=lambda v: (v.children == 0) | (v.marital == people.MARRIED)),
    CityService("separation_counselling", "divorce", lambda v: (v.age >= 18) & (v.months_here >= 12), "divorce",
                ease=0.7),
    CityService("bereavement_grant", "relative_died", lambda v: v.settled & (v.income <= 22_000), "relative_died",
                window=6, ease=0.8),
    CityService("start_up_subsidy", "business_started", lambda v: (v.months_here >= 24) & (v.insurance >= 12),
                "business_started", usage="once", ease=0.8),
    CityService("debt_advice", "business_closed", lambda v: (v.age >= 18) & (v.months_here >= 12), "business_closed",
                ease=0.7),
    CityService("state_pension", "retired", lambda v: (v.age >= 58) & (v.insurance >= 180), "retired", usage="held",
                ease=1.6),
    CityService("disability_allowance", "disability_recognised", lambda v: v.settled & (v.age < 67),
                "disability_recognised", usage="held", ease=0.9),
    CityService("home_adaptation_grant", "disability_recognised", lambda v: v.tenure != people.SOCIAL,
                "disability_recognised", usage="once", ease=0.7),
    CityService("care_allowance", "care_need_recognised", lambda v: (v.age >= 60) & (v.months_here >= 24),
                "care_need_recognised", usage="held", ease=1.0),
    CityService("integration_course", "residence_permit_granted", lambda v: v.temporary,
                "residence_permit_granted", window=6, usage="once", ease=0.6),
    CityService("heating_aid", "heating_aid", lambda v: (v.income <= 13_000) & (v.months_here >= 12), pace=_heating),
    CityService("rent_support", "rent_support", lambda v: (v.tenure == people.RENT) & (v.income <= 24_000),
                usage="held", lasts=12, pace=_rent),
    CityService("senior_meals", "senior_meals", lambda v: (v.age >= 67) & (v.marital != people.MARRIED),
                usage="held", leaves=0.03, pace=_meals),
    CityService("health_check", "health_check", lambda v: v.age >= 40, pace=_check_up),
    CityService("senior_travel_card", "senior_travel_card", lambda v: v.age >= 60, usage="once", pace=_travel_card),
)  # fmt: skip
USED = tuple(i for i, service in enumerate(SERVICES) if service.event is None)
"""Services for which the need is the use itself."""
NEEDS = tuple(dict.fromkeys(service.need for service in SERVICES))
EVENT_NEEDS = tuple(need for need in NEEDS if need in AT)
SERVICES_OF = {need: tuple(i for i, s in enumerate(SERVICES) if s.need == need) for need in NEEDS}

"""The city's public services and its own truth of who is entitled to them; never read from the catalogue's rules."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.city import population as people
from experiments.city.parameters import AT, START_YEAR, Floats, Mask, Months, by_duration
from experiments.city.view import View


@dataclass(frozen=True)
class CityService:
    """One public service as the city runs it.

    event    : the event that makes it due for `window` months; None: `pace` alone decides.
    ease     : the larger, the more of those entitled claim (1: about two in three).
    pace     : monthly propensity to claim where no event stands for it, from state and months since the own last claim.
    usage    : once, repeatable or held; a held service ends after `lasts` months, when `ends` holds, or by `leaves`.
    begins   : first month in which it can be claimed.   excludes : services that nobody may hold together with it.
    later    : it came to the city after the others. Its claims are drawn and recorded with random numbers of their own
               and make nobody known to an office, so that all that the city did before it stays as it was.
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
    begins: int = -12
    excludes: tuple[str, ...] = ()
    later: bool = False

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


def _school_place(view: View, own: Months) -> Floats:
    """From March to August, for children who turn six before September."""
    calendar = view.month % 12
    if not 2 <= calendar <= 7:
        return np.zeros(own.shape, dtype=np.float32)
    in_september = (view.month - view.state.births[:, view.rows]) + (8 - calendar)
    ready = ((in_september >= 73) & (in_september < 85)).any(axis=0) & (own > 7)
    result: Floats = ready * np.float32((0.25, 0.32, 0.32, 0.25, 0.15, 0.1)[calendar - 2])
    return result


def _old_age(view: View, own: Months) -> Floats:
    birthday = (view.month - view.state.birth[view.rows]) - 80 * 12
    result: Floats = np.select([birthday < 2, birthday < 6, birthday < 24], [0.3, 0.15, 0.04], 0.01).astype(np.float32)
    return result


def _dated(view: View, *steps: tuple[int, int, int]) -> int:
    """The threshold in force: of the (year, month, value) steps the last that was reached, else the first."""
    reached = [value for year, month, value in steps if view.month >= (year - START_YEAR) * 12 + month - 1]
    return reached[-1] if reached else steps[0][2]


def _minimum_income(view: View) -> Floats:
    """What one must not have more than: raised twice, and since 2025 higher where living is dear (d02, d12)."""
    dear = view.registered_in(2, 12) & (view.month >= (2025 - START_YEAR) * 12)
    usual = _dated(view, (2021, 1, 7_500), (2023, 1, 8_000), (2025, 1, 8_500))
    result: Floats = np.where(dear, np.float32(9_300), np.float32(usual))
    return result


def _holds(view: View, service: str) -> Mask:
    return view.state.held[PLACE[service], view.rows]


def _later(id: str, need: str, entitled: Callable[[View], Mask], **more: Any) -> CityService:
    return CityService(id, need, entitled, later=True, **more)


EARLIER_SERVICES: tuple[CityService, ...] = (
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
LATER_SERVICES: tuple[CityService, ...] = (
    _later("birth_certificate", "child_born", lambda v: v.everybody, event="child_born", window=6, ease=1.7),
    _later("newborn_household_registration", "child_born", lambda v: v.settled, event="child_born", window=6, ease=1.5),
    _later("child_medical_insurance", "child_born", lambda v: v.everybody, event="child_born", window=6, ease=1.2),
    _later("child_social_security_card", "child_born", lambda v: v.everybody, event="child_born"),
    _later("primary_school_place", "primary_school_place", lambda v: v.children >= 1, pace=_school_place),
    _later("graduate_rent_subsidy", "graduated", lambda v: (v.age < 35) & (v.tenure == people.RENT)
           & (v.schooling >= 2) & v.living_in(9, 10, 11, 12), event="graduated", usage="once", ease=0.8),
    _later("flexible_work_insurance", "business_started", lambda v: (v.age >= 16) & (v.age < 60)
           & np.isin(v.work, (people.SELF_EMPLOYED, people.UNEMPLOYED, people.INACTIVE)), event="business_started",
           usage="held", ends=lambda v: np.isin(v.work, (people.EMPLOYEE, people.RETIRED))),
    _later("unemployment_registration", "job_lost", lambda v: (v.age >= 16) & (v.age < 60)
           & (v.work == people.UNEMPLOYED), event="job_lost", window=3, ease=1.4),
    _later("unemployed_medical_insurance", "job_lost", lambda v: _holds(v, "unemployment_benefit"), event="job_lost",
           usage="held", ease=1.4, ends=lambda v: ~_holds(v, "unemployment_benefit")),
    _later("minimum_living_allowance", "job_lost", lambda v: v.settled & (v.months_here >= 12)
           & (v.income <= _minimum_income(v)), event="job_lost", usage="held", ease=0.9, lasts=12),
    _later("household_registration_transfer", "moved_residence", lambda v: v.settled, event="moved_residence",
           window=3, ease=1.3),
    _later("housing_fund_rent_withdrawal", "moved_residence", lambda v: (v.tenure == people.RENT)
           & (v.insurance >= _dated(v, (2021, 1, 6), (2024, 7, 3))), event="moved_residence", window=6, ease=0.9),
    _later("public_rental_housing", "moved_residence", lambda v: v.settled & (v.tenure == people.RENT)
           & (v.income <= _dated(v, (2021, 1, 16_000), (2024, 1, 18_000))) & (v.months_here >= 36),
           event="moved_residence", window=6, usage="held", ease=0.8, leaves=0.005, excludes=("rent_support",),
           ends=lambda v: _holds(v, "rent_support")),
    _later("housing_fund_retirement_withdrawal", "retired", lambda v: (v.age >= 55) & (v.insurance >= 12),
           event="retired", usage="once", ease=1.5),
    _later("retiree_medical_insurance", "retired", lambda v: (v.age >= 55)
           & (v.insurance >= _dated(v, (2021, 1, 180), (2025, 1, 240))), event="retired", usage="held", ease=1.5),
    _later("death_registration", "relative_died", lambda v: v.everybody, event="relative_died", window=3, ease=1.6),
    _later("household_registration_closing", "relative_died", lambda v: v.everybody, event="relative_died", window=3,
           ease=1.4),
    _later("survivor_pension", "relative_died", lambda v: v.settled & (v.marital == people.WIDOWED)
           & (v.income <= 18_000), event="relative_died", usage="held", ends=lambda v: v.marital == people.MARRIED),
    _later("housing_fund_inheritance", "relative_died", lambda v: v.age >= 18, event="relative_died", ease=0.7),
    _later("old_age_subsidy", "old_age_subsidy", lambda v: v.settled & v.registered_in(1, 2, 3, 4, 5, 6)
           & (v.age >= _dated(v, (2021, 1, 85), (2024, 1, 80))), usage="held", pace=_old_age),
    _later("care_assessment", "hospital_stay", lambda v: v.age >= 65, event="hospital_stay", window=6, ease=0.8),
    _later("home_help", "care_need_recognised", lambda v: (v.age >= 60) & v.living_in(5, 6, 7, 8),
           event="care_need_recognised", usage="held", ease=0.9, leaves=0.02, begins=24),
    _later("disability_certificate", "disability_recognised", lambda v: v.everybody, event="disability_recognised",
           usage="once", ease=1.2),
    _later("disability_nursing_subsidy", "disability_recognised", lambda v: v.settled & (v.disability == people.SEVERE),
           event="disability_recognised", usage="held", ease=0.9, excludes=("care_allowance",),
           ends=lambda v: _holds(v, "care_allowance")),
    _later("assistive_devices", "disability_recognised", lambda v: v.disability >= people.MODERATE,
           event="disability_recognised", ease=0.8),
    _later("business_deregistration", "business_closed", lambda v: v.age >= 18, event="business_closed", window=6),
    _later("permanent_residence", "residence_permit_granted", lambda v: v.temporary
           & (v.months_here >= _dated(v, (2021, 1, 60), (2025, 4, 48))), event="residence_permit_granted",
           usage="once", ease=0.8),
    _later("restart_mentoring", "business_started", lambda v: v.since("business_closed") < 24,
           event="business_started", ease=0.7),
)  # fmt: skip
SERVICES = EARLIER_SERVICES + LATER_SERVICES
PLACE = {service.id: place for place, service in enumerate(SERVICES)}
EARLIER = tuple(range(len(EARLIER_SERVICES)))
LATER = tuple(range(len(EARLIER_SERVICES), len(SERVICES)))
USED = tuple(i for i, service in enumerate(SERVICES) if service.event is None)
"""Services for which the need is the use itself."""
EVENT_NEEDS = tuple(dict.fromkeys(service.need for service in SERVICES if service.need in AT))
NEEDS = (*EVENT_NEEDS, *(SERVICES[i].need for i in USED))
SERVICES_OF = {need: tuple(i for i, s in enumerate(SERVICES) if s.need == need) for need in NEEDS}

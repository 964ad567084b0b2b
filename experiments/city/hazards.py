"""How likely each life event is this month, given everything that registers hold about a citizen.

A hazard is a base rate times what age, season, durations and earlier events do to it. Everything read here is recorded
somewhere; the one thing that is not, the citizen's stability, multiplies at the end (`parameters.STABILITY`).
"""

import numpy as np

from experiments.city import population as people
from experiments.city.parameters import (
    AT,
    EVENTS,
    FAR,
    MOST,
    MULTIPLIER,
    NEVER,
    Codes,
    Floats,
    Mask,
    Months,
    by_age,
    by_calendar,
    by_duration,
)
from experiments.city.population import State

FERTILITY = by_age({15: 0, 18: 0.001, 22: 0.005, 26: 0.012, 30: 0.015, 34: 0.011, 38: 0.005, 43: 0.0007, 48: 0})
BIRTH_AFTER_CARE = by_duration({0: 0, 4: 0.06, 5: 0.28, 6: 0.62, 7: 0.9, 8: 0.97, 10: 0}, never=0)
CHILD_SPACING = by_duration({0: 0.01, 13: 0.5, 20: 1.7, 44: 0.8, 84: 0.25}, never=1.0)
WED_THEN_CHILD = by_duration({0: 1.0, 2: 2.6, 26: 1.2, 60: 0.7, 120: 0.4}, never=0.16)
CHILDREN_WANTED = np.array([1.1, 1.0, 0.28, 0.1, 0.05], dtype=np.float32)

GAP_THEN_STUDY = by_duration({0: 0.62, 6: 0.05, 13: 0.28, 18: 0.02, 36: 0.01}, never=0.005)
STUDY_SEASON = by_calendar(0, sep=1.0, feb=0.12)
STUDY_ENDS = by_duration({0: 0, 20: 0.22, 32: 0.55, 44: 0.88}, never=0)
EXAM_SEASON = by_calendar(0, jun=1.0, jan=0.12)

SEARCH = by_duration({0: 0.20, 3: 0.14, 6: 0.08, 12: 0.035, 24: 0.015}, never=0.01)
HIRING_SEASON = by_calendar(0.9, mar=1.4, apr=1.2, sep=1.4, dec=0.6)
TENURE_LOSS = by_duration({0: 3.0, 6: 1.9, 12: 1.0, 36: 0.55, 96: 0.3}, never=0.3)
LOSS_AGAIN = by_duration({0: 2.2, 18: 1.6, 36: 1.1}, never=0.8)
LAYOFF_SEASON = by_calendar(0.8, jan=2.2, jul=1.4, dec=1.3)
SHORT_TIME_LOSS = 22.0
SCHOOLED_HIRE = np.array([0.7, 0.95, 1.15, 1.3], dtype=np.float32)

MOVING_AGE = by_age({16: 0.3, 20: 1.4, 26: 2.0, 32: 1.3, 40: 0.7, 55: 0.4, 70: 0.35, 85: 0.5})
MOVED_TENURE = np.array([0.35, 1.9, 0.8], dtype=np.float32)
MOVE_AGAIN = by_duration({0: 0.15, 5: 1.0, 10: 2.2, 14: 1.2, 36: 0.8, 96: 0.6}, never=0.7)
MOVE_WED = by_duration({0: 4.0, 7: 1.4, 24: 1}, never=1)
MOVE_JOB = by_duration({0: 2.6, 4: 1}, never=1)
MOVE_CHILD = by_duration({0: 2.2, 9: 1}, never=1)
MOVE_DIVORCE = by_duration({0: 9.0, 6: 2.5, 14: 1}, never=1)
SUMMER = by_calendar(0.8, jun=1.3, jul=1.6, aug=1.6, sep=1.3)

WEDDING_AGE = by_age({17: 0, 20: 0.0013, 25: 0.0044, 29: 0.006, 34: 0.0038, 42: 0.0016, 60: 0.0004, 80: 0.0001})
WEDDING_SEASON = by_calendar(0.5, may=1.6, jun=1.8, jul=1.5, aug=1.6, sep=1.5, oct=1.2)
MOVED_IN_TOGETHER = by_duration({0: 0.8, 4: 2.8, 20: 0.8}, never=0.7)
WED_AFTER_CHILD = by_duration({0: 3.0, 14: 1.0}, never=1)
DIVORCE_WED = by_duration({0: 0.2, 12: 1.0, 30: 2.2, 100: 1.0, 200: 0.3}, never=0.1)
DIVORCE_JOB = by_duration({0: 3.2, 14: 1}, never=0.9)
LOSS_AGE = by_age({16: 0.0012, 35: 0.002, 50: 0.005, 60: 0.006, 75: 0.004, 90: 0.003})
WINTER = by_calendar(0.9, dec=1.3, jan=1.6, feb=1.4)
LOSS_PAIR = by_duration({0: 2.0, 9: 1}, never=0.9)

FOUND_AGAIN = by_duration({0: 1.0, 4: 7.0, 30: 2.0}, never=0.8)
NEW_YEAR = by_calendar(0.8, jan=2.4, apr=1.4)
CLOSING = by_duration({0: 0.2, 7: 2.2, 26: 1.2, 60: 0.35}, never=0.3)
CLOSING_SEASON = by_calendar(0.6, jan=2.0, jun=1.8, dec=2.4)

SICK_AGE = by_age({18: 0.4, 35: 0.8, 50: 1.4, 62: 2.0, 66: 0})
SICK_HOSPITAL = by_duration({0: 14.0, 4: 2.5, 12: 0.9}, never=0.8)
SICK_AGAIN = by_duration({0: 0.1, 6: 2.8, 30: 1}, never=0.9)
HOSPITAL_AGE = by_age({16: 0.3, 40: 0.5, 60: 1.1, 75: 2.6, 90: 5.0})
HOSPITAL_AGAIN = by_duration({0: 6.0, 3: 3.0, 9: 1.5, 24: 0.8}, never=0.6)
DISABLED_SICK = by_duration({0: 0.001, 5: 0.075, 10: 0.03, 18: 0.002}, never=0.00008)
CARE_AGE = by_age({60: 0, 66: 0.0004, 75: 0.0016, 85: 0.006, 95: 0.012})
CARE_HOSPITAL = by_duration({0: 11.0, 6: 1.5, 12: 0.8}, never=0.5)
CARE_AGAIN = by_duration({0: 0.02, 9: 2.5, 30: 0.8}, never=1)
PERMIT = by_duration({0: 0, 10: 0.12, 11: 0.55, 12: 0.8, 13: 0.9}, never=0.5)
SHORT_TIME_SEASON = by_calendar(0.5, oct=1.5, nov=2.0, dec=2.0, jan=1.6, feb=1.2)


def hazards(state: State, month: int) -> Floats:
    """Monthly probability of each event type before stability, shape (types, citizens); 0 for those not in the city."""
    out = np.zeros((len(EVENTS), state.size), dtype=np.float32)
    since = np.minimum(month - state.last, FAR)
    age_months = np.clip(state.age_months(month), 0, 1439)
    _children(out, state, since, age_months // 12, month % 12)
    _study(out, state, since, age_months, month)
    _work(out, state, since, age_months, month)
    _home(out, state, since, age_months // 12, month % 12)
    _health(out, state, since, age_months // 12)
    out *= state.active(month)
    return out


def with_stability(base: Floats, stability: Codes | int) -> Floats:
    """The hazards of people of this class (one for all, or one each): shape of `base`."""
    factor = MULTIPLIER[:, stability] if not isinstance(stability, int) else MULTIPLIER[:, [stability]]
    result: Floats = np.minimum(base * factor, MOST)
    return result


def short_time_hazard(state: State, month: int) -> Floats:
    """Monthly probability that short-time work begins (for employees not on it) or ends (for those on it)."""
    begins = (state.work == people.EMPLOYEE) * np.float32(0.0026) * SHORT_TIME_SEASON[month % 12]
    result: Floats = np.where(state.short_time, np.float32(0.2), begins).astype(np.float32) * state.active(month)
    return result


def death_hazard(state: State, month: int) -> Floats:
    """Gompertz: doubles about every eight years of age."""
    years = (month - state.birth) / np.float32(12)
    result: Floats = np.minimum(np.float32(1.6e-6) * np.exp(np.float32(0.093) * years), 0.3).astype(np.float32)
    return result


def _children(out: Floats, state: State, since: Months, age: Months, calendar: int) -> None:
    care, born = since[AT["prenatal_care_started"]], since[AT["child_born"]]
    expecting = (care < born) & (care < 10)
    wish = FERTILITY[age] * WED_THEN_CHILD[np.where(state.marital == people.MARRIED, since[AT["marriage"]], FAR)]
    wish *= CHILD_SPACING[born] * CHILDREN_WANTED[np.minimum(state.children, 4)]
    wish[expecting] = 0
    out[AT["prenatal_care_started"]] = wish * np.float32(0.95)
    out[AT["child_born"]] = np.where(expecting, BIRTH_AFTER_CARE[care], wish * np.float32(0.22))
    if calendar == 8:
        ready = ((since_birth := _month_ages(state, since)) >= 73) & (since_birth < 85)
        out[AT["school_entry"]] = ready.any(axis=0) * np.float32(0.96)


def _month_ages(state: State, since: Months) -> Months:
    """Ages of the four youngest children in months, from the newest one's duration."""
    newest = since[AT["child_born"]]
    ages: Months = np.where(state.births == NEVER, FAR, newest + state.births[0] - state.births)
    return ages


def _study(out: Floats, state: State, since: Months, age_months: Months, month: int) -> None:
    calendar = month % 12
    if STUDY_SEASON[calendar]:
        gap = GAP_THEN_STUDY[since[AT["graduated"]]] * np.where(age_months < 25 * 12, 1.0, 0.3)
        anew = (state.work == people.UNEMPLOYED) & (age_months < 40 * 12) & (since[AT["job_lost"]] < 9)
        wish = np.where(anew, np.maximum(gap, 0.09), gap) * (age_months < 45 * 12) * ~state.enrolled
        out[AT["student_enrolled"]] = wish * STUDY_SEASON[calendar]
    if EXAM_SEASON[calendar]:
        pupil = since[AT["student_enrolled"]] == FAR
        done = np.where(pupil, (age_months >= 217) * 0.88, STUDY_ENDS[since[AT["student_enrolled"]]])
        out[AT["graduated"]] = done * EXAM_SEASON[calendar] * state.enrolled


def _work(out: Floats, state: State, since: Months, age_months: Months, month: int) -> None:
    calendar, age = month % 12, age_months // 12
    duration = np.clip(month - state.work_since, 0, FAR - 1)
    employee, self_employed = state.work == people.EMPLOYEE, state.work == people.SELF_EMPLOYED
    searching, inactive = state.work == people.UNEMPLOYED, state.work == people.INACTIVE
    hired = np.where(searching, SEARCH[duration] * SCHOOLED_HIRE[state.schooling], np.float32(0))
    hired = hired + inactive * np.float32(0.008) + (state.work == people.STUDENT) * np.float32(0.006)
    hired = hired + employee * np.where(duration < 14, np.float32(0.012), np.float32(0.0035))
    out[AT["job_started"]] = hired * HIRING_SEASON[calendar] * (age < 63)
    loss = np.float32(0.0026) * TENURE_LOSS[duration] * LOSS_AGAIN[since[AT["job_lost"]]] * LAYOFF_SEASON[calendar]
    out[AT["job_lost"]] = loss * np.where(state.short_time, np.float32(SHORT_TIME_LOSS), np.float32(1)) * employee
    founder = employee * np.float32(0.00035) + searching * np.float32(0.0022) + inactive * np.float32(0.0003)
    founder *= FOUND_AGAIN[since[AT["business_closed"]]] * NEW_YEAR[calendar]
    out[AT["business_started"]] = founder * (age < 62)
    out[AT["business_closed"]] = np.float32(0.011) * CLOSING[duration] * CLOSING_SEASON[calendar] * self_employed
    out[AT["retired"]] = _retiring(state, age_months, since[AT["long_sick_leave"]])


def _retiring(state: State, age_months: Months, sick: Months) -> Floats:
    """Peaks in the months after the 60th, 63rd and 65th birthday; the first two only with 15 insured years."""
    insured = state.insurance >= 180
    chance = np.where(age_months >= 58 * 12, np.float32(0.003), np.float32(0))
    for years, share in ((60, 0.22), (63, 0.30)):
        chance = np.where((age_months >= years * 12) & (age_months < years * 12 + 2) & insured, share, chance)
    chance = np.where((age_months >= 65 * 12), np.where(age_months < 65 * 12 + 4, 0.5, 0.06), chance)
    early: Mask = (sick < 24) & (age_months >= 58 * 12)
    result: Floats = (chance * np.where(early, 3.0, 1.0) * (state.work != people.RETIRED)).astype(np.float32)
    return np.minimum(result, 0.9)


def _home(out: Floats, state: State, since: Months, age: Months, calendar: int) -> None:
    move = np.float32(0.0060) * MOVING_AGE[age] * MOVED_TENURE[state.tenure] * MOVE_AGAIN[since[AT["moved_residence"]]]
    move *= MOVE_WED[since[AT["marriage"]]] * MOVE_JOB[since[AT["job_started"]]] * MOVE_CHILD[since[AT["child_born"]]]
    out[AT["moved_residence"]] = move * MOVE_DIVORCE[since[AT["divorce"]]] * SUMMER[calendar]
    married = state.marital == people.MARRIED
    wed = WEDDING_AGE[age] * WEDDING_SEASON[calendar] * MOVED_IN_TOGETHER[since[AT["moved_residence"]]]
    out[AT["marriage"]] = wed * WED_AFTER_CHILD[since[AT["child_born"]]] * ~married
    part = np.float32(0.0009) * DIVORCE_WED[since[AT["marriage"]]] * DIVORCE_JOB[since[AT["job_lost"]]]
    out[AT["divorce"]] = part * married
    out[AT["relative_died"]] = LOSS_AGE[age] * WINTER[calendar] * LOSS_PAIR[since[AT["relative_died"]]]
    out[AT["residence_permit_granted"]] = PERMIT[since[AT["residence_permit_granted"]]] * (
        state.residence == people.TEMPORARY
    )


def _health(out: Floats, state: State, since: Months, age: Months) -> None:
    stay, sick = since[AT["hospital_stay"]], since[AT["long_sick_leave"]]
    out[AT["hospital_stay"]] = np.float32(0.0045) * HOSPITAL_AGE[age] * HOSPITAL_AGAIN[stay]
    leave = np.float32(0.0016) * SICK_AGE[age] * SICK_HOSPITAL[stay] * SICK_AGAIN[sick]
    out[AT["long_sick_leave"]] = leave * (state.work < people.STUDENT)
    out[AT["disability_recognised"]] = DISABLED_SICK[sick] * (since[AT["disability_recognised"]] > 24)
    care = CARE_AGE[age] * CARE_HOSPITAL[stay] * CARE_AGAIN[since[AT["care_need_recognised"]]]
    out[AT["care_need_recognised"]] = care * (state.care_level < 3)

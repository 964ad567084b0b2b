"""The city's numbers: calendar, event types, registration delays, latent classes, and how durations move hazards."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Months = npt.NDArray[np.int16]
Codes = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
Values = npt.NDArray[Any]
"""A column of any type."""

START_YEAR = 2021
"""Month 0 is January of this year; earlier months are negative."""
HORIZON_MONTHS = 6
"""The label window (t, t+P6M], as dataset.yaml says."""
BOOKS_CLOSE = 27
"""Registers record on days 1..27, so that everything of a month is known at its last day 00:00 and a calendar period
of months after a decision time holds whole months of recording."""
NEVER = -30_000
"""Last month of an event that never happened; far enough that `month - NEVER` still fits int16."""
FAR = 399
"""Durations in months are cut here; index FAR of a duration table is "never, or a generation ago"."""

EVENTS = (
    "prenatal_care_started",
    "child_born",
    "school_entry",
    "student_enrolled",
    "graduated",
    "job_started",
    "job_lost",
    "moved_residence",
    "marriage",
    "divorce",
    "relative_died",
    "business_started",
    "business_closed",
    "retired",
    "long_sick_leave",
    "hospital_stay",
    "disability_recognised",
    "care_need_recognised",
    "residence_permit_granted",
)
AT = {name: i for i, name in enumerate(EVENTS)}
"""Row of each event type in every (types, citizens) array."""

REGISTERS = ("population", "social_insurance", "health_education")
MISSING_SHARE = (0.012, 0.03, 0.04)
"""Share of citizens whom each register does not hold."""
REGISTER_OF: Mapping[str, int] = {
    **dict.fromkeys(EVENTS, 0),
    **dict.fromkeys(("job_started", "job_lost", "business_started", "business_closed", "retired"), 1),
    "long_sick_leave": 1,
    **dict.fromkeys(("prenatal_care_started", "school_entry", "student_enrolled", "graduated"), 2),
    **dict.fromkeys(("hospital_stay", "disability_recognised", "care_need_recognised"), 2),
}
REGISTER_ROW = np.array([REGISTER_OF[name] for name in EVENTS])

DELAY_DAYS: Mapping[str, tuple[int, int]] = {
    "prenatal_care_started": (1, 14),
    "child_born": (7, 45),
    "school_entry": (0, 10),
    "student_enrolled": (0, 14),
    "graduated": (0, 20),
    "job_started": (0, 20),
    "job_lost": (0, 14),
    "moved_residence": (1, 30),
    "marriage": (0, 10),
    "divorce": (7, 40),
    "relative_died": (2, 25),
    "business_started": (0, 14),
    "business_closed": (5, 40),
    "retired": (0, 14),
    "long_sick_leave": (0, 21),
    "hospital_stay": (1, 20),
    "disability_recognised": (3, 30),
    "care_need_recognised": (3, 30),
    "residence_permit_granted": (0, 10),
}
"""Least and most days between a life event and its record, all days between equally likely."""
USE_DELAY_DAYS = (0, 5)
CORRECTED_SHARE, WITHDRAWN_SHARE = 0.02, 0.006
"""Share of records whose date is corrected later; records of something that never happened, taken back later."""

STABILITY: Mapping[str, tuple[float, float]] = {
    "job_lost": (0.40, 2.4),
    "job_started": (0.95, 1.1),
    "moved_residence": (0.50, 2.1),
    "divorce": (0.45, 2.2),
    "business_started": (0.75, 1.6),
    "business_closed": (0.55, 1.9),
}
"""Multiplier of an event's hazard for the settled and the unsettled; 1 for types not named."""
UNSETTLED_SHARE = 0.3
ATTENTION = np.array([0.30, 1.0, 2.0], dtype=np.float32)
"""Multiplier of a claim's monthly probability for the inattentive, the middling and the attentive."""
ATTENTION_PRIOR = np.array([[0.45, 0.38, 0.17], [0.36, 0.40, 0.24], [0.33, 0.40, 0.27], [0.22, 0.42, 0.36]], np.float32)
"""Shares of the three by schooling (primary, secondary, vocational, tertiary)."""
CLASSES = tuple((stability, attention) for stability in range(2) for attention in range(3))

MULTIPLIER = np.array([STABILITY.get(name, (1.0, 1.0)) for name in EVENTS], dtype=np.float32)
STABILITY_ROWS = [AT[name] for name in STABILITY]
MOST = 0.98
"""No monthly probability is above this."""


def by_duration(steps: Mapping[int, float], never: float) -> Floats:
    """Table over months since an event: the value of the last step at or below; index FAR is `never`."""
    table = np.zeros(FAR + 1, dtype=np.float32)
    for month, value in sorted(steps.items()):
        table[month:] = value
    table[FAR] = never
    return table


def by_age(points: Mapping[int, float]) -> Floats:
    """Table over whole years of age 0..120, linear between points, flat outside."""
    return np.interp(np.arange(121), list(points), list(points.values())).astype(np.float32)


def by_calendar(usual: float, **months: float) -> Floats:
    """Table over calendar months 0..11 (jan, feb, ...), `usual` where not named."""
    names = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    return np.array([months.get(name, usual) for name in names], dtype=np.float32)


def first_day(month: int) -> date:
    """The first day of month index `month`."""
    return date(START_YEAR + month // 12, month % 12 + 1, 1)


def last_day(month: int) -> date:
    """The decision day of month index `month`: its last day, taken at 00:00."""
    return date.fromordinal(first_day(month + 1).toordinal() - 1)

"""Who lives in the city: the state of every citizen as arrays, and its draw for the month before the data begin."""

from dataclasses import dataclass, fields

import numpy as np

from experiments.city.parameters import (
    AT,
    ATTENTION_PRIOR,
    EVENTS,
    MISSING_SHARE,
    NEVER,
    UNSETTLED_SHARE,
    Codes,
    Floats,
    Mask,
    Months,
    Rows,
)

SEX = ("female", "male")
ETHNIC_GROUP = ("a", "b", "c", "d")
LANGUAGE = ("en", "zh")
SCHOOLING = ("primary", "secondary", "vocational", "tertiary")
PHONE = ("own", "shared", "none")
RESIDENCE = ("citizen", "permanent", "temporary")
MARITAL = ("single", "married", "divorced", "widowed")
TENURE = ("own", "rent", "social")
WORK = ("employee", "self_employed", "unemployed", "student", "inactive", "retired")
HEALTH = ("good", "fair", "poor")
DISABILITY = ("none", "moderate", "severe")
DISTRICTS = 12
EMPLOYEE, SELF_EMPLOYED, UNEMPLOYED, STUDENT, INACTIVE, RETIRED = range(6)
SINGLE, MARRIED, DIVORCED, WIDOWED = range(4)
OWN, RENT, SOCIAL = range(3)
CITIZEN, PERMANENT, TEMPORARY = range(3)
MODERATE, SEVERE = 1, 2


@dataclass
class State:
    """Everything that the city knows of its people; the last axis of each array is the citizen.

    Months are indices (0 is the first month of the data). `last` is the month in which each event type was last
    recorded, NEVER if it never was; `births` the months of the four youngest children; `held` and `last_use` are per
    public service. `stability` and `attention` are seen by no register.
    """

    birth: Months
    birth_day: Codes
    sex: Codes
    ethnic: Codes
    language: Codes
    schooling: Codes
    district: Codes
    actual_district: Codes
    phone: Codes
    may_inform: Mask
    residence: Codes
    arrival: Months
    marital: Codes
    tenure: Codes
    children: Codes
    work: Codes
    work_since: Months
    short_time: Mask
    income: Floats
    income_level: Floats
    fifth: Codes
    insurance: Months
    worked: Codes
    enrolled: Mask
    health: Codes
    disability: Codes
    care_level: Codes
    carer: Mask
    alive: Mask
    missing: Mask
    stability: Codes
    attention: Codes
    last: Months
    births: Months
    held: Mask
    last_use: Months
    uses: Months

    @property
    def size(self) -> int:
        return int(self.birth.shape[0])

    def take(self, rows: Rows) -> "State":
        """A copy with these citizens; a row may be repeated."""
        return State(**{f.name: getattr(self, f.name)[..., rows] for f in fields(self)})

    def active(self, month: int) -> Mask:
        """Who lives in the city in this month."""
        return self.alive & (self.arrival <= month)

    def age_months(self, month: int) -> Months:
        return (month - self.birth).astype(np.int16)


def pick(rng: np.random.Generator, shares: Floats) -> Codes:
    """One code per row of `shares` (n, k), drawn with those probabilities."""
    edges = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    codes: Codes = (rng.random((len(shares), 1)) > edges[:, :-1]).sum(axis=1).astype(np.int8)
    return codes


def evenly(rng: np.random.Generator, size: int, shares: tuple[float, ...]) -> Codes:
    """`size` codes drawn with the same probabilities for all."""
    return rng.choice(len(shares), size=size, p=np.array(shares) / sum(shares)).astype(np.int8)


def draw(rng: np.random.Generator, size: int, services: int, months: int) -> State:
    """The city on the eve of month 0. Those with `arrival` >= 0 move in later; their state is that of their arrival."""
    arrives_later = rng.random(size) < 0.05
    age = np.minimum(16 * 12 + rng.beta(1.15, 1.9, size) * 79 * 12, 95 * 12).astype(np.int16)
    age = np.where(arrives_later, (20 * 12 + rng.beta(1.5, 4.0, size) * 40 * 12), age).astype(np.int16)
    eve = np.where(arrives_later, rng.integers(0, months, size), -1).astype(np.int16)
    years = age // 12
    ethnic = evenly(rng, size, (0.72, 0.15, 0.09, 0.04))
    residence = np.where(rng.random(size) < 0.93, CITIZEN, evenly(rng, size, (0.0, 0.6, 0.4))).astype(np.int8)
    residence = np.where(arrives_later & (rng.random(size) < 0.6), TEMPORARY, residence).astype(np.int8)
    here = np.minimum(rng.exponential(220, size) + 3, age).astype(np.int16)
    here = np.where(residence == TEMPORARY, np.minimum(here, rng.integers(1, 55, size)), here)
    schooling = pick(rng, _schooling_shares(years))
    work, enrolled = _work(rng, years)
    blank = np.full(size, 0, dtype=np.int8)
    state = State(
        birth=(eve - age).astype(np.int16),
        birth_day=rng.integers(1, 28, size).astype(np.int8),
        sex=evenly(rng, size, (0.51, 0.49)),
        ethnic=ethnic,
        language=(rng.random(size) < np.array([0.85, 0.4, 0.2, 0.1])[ethnic]).astype(np.int8),
        schooling=schooling,
        district=rng.integers(0, DISTRICTS, size).astype(np.int8),
        actual_district=blank.copy(),
        phone=pick(rng, np.stack([0.93 - 0.004 * years, 0.05 + 0.001 * years, 0.02 + 0.003 * years], 1)),
        may_inform=rng.random(size) < 0.96,
        residence=residence,
        arrival=np.where(arrives_later, eve, eve - here).astype(np.int16),
        marital=pick(rng, _marital_shares(years)),
        tenure=pick(rng, _tenure_shares(years)),
        children=blank.copy(),
        work=work,
        work_since=eve.copy(),
        short_time=(work == EMPLOYEE) & (rng.random(size) < 0.008),
        income=np.zeros(size, dtype=np.float32),
        income_level=rng.normal(0.0, 0.32, size).astype(np.float32),
        fifth=blank.copy(),
        insurance=np.clip((age - 240) * rng.beta(4, 1.6, size), 0, 480).astype(np.int16),
        worked=blank.copy(),
        enrolled=enrolled,
        health=pick(rng, np.stack([0.95 - 0.006 * years, 0.04 + 0.004 * years, 0.01 + 0.002 * years], 1)),
        disability=blank.copy(),
        care_level=blank.copy(),
        carer=rng.random(size) < np.interp(years, [30, 55, 80], [0.01, 0.08, 0.03]),
        alive=np.ones(size, dtype=np.bool_),
        missing=np.stack([rng.random(size) < share for share in MISSING_SHARE]),
        stability=(rng.random(size) < UNSETTLED_SHARE).astype(np.int8),
        attention=pick(rng, ATTENTION_PRIOR[schooling]),
        last=np.full((len(EVENTS), size), NEVER, dtype=np.int16),
        births=np.full((4, size), NEVER, dtype=np.int16),
        held=np.zeros((services, size), dtype=np.bool_),
        last_use=np.full((services, size), NEVER, dtype=np.int16),
        uses=np.zeros(size, dtype=np.int16),
    )
    state.actual_district[:] = np.where(rng.random(size) < 0.08, rng.integers(0, DISTRICTS, size), state.district)
    _remember(rng, state, eve)
    return state


def _schooling_shares(years: Months) -> Floats:
    young = np.stack([np.interp(years, [18, 20], [1.0, 0.05])] + [np.interp(years, [17, 19, 24, 30], [0, *p]) for p in
                     ((0.9, 0.45, 0.3), (0.0, 0.2, 0.27), (0.0, 0.25, 0.4))], axis=1)  # fmt: skip
    old = np.array([0.3, 0.35, 0.2, 0.15])
    weight = np.interp(years, [35, 75], [0.0, 1.0])[:, None]
    shares: Floats = ((1 - weight) * young + weight * old + 1e-6).astype(np.float32)
    return shares


def _marital_shares(years: Months) -> Floats:
    married = np.interp(years, [19, 24, 30, 38, 60, 75, 90], [0, 0.1, 0.42, 0.6, 0.62, 0.55, 0.25])
    divorced = np.interp(years, [24, 40, 55, 75], [0, 0.09, 0.16, 0.1])
    widowed = np.interp(years, [50, 65, 75, 90], [0, 0.06, 0.2, 0.6])
    shares: Floats = np.stack([1.001 - married - divorced - widowed, married, divorced, widowed], 1).clip(0.001)
    return shares.astype(np.float32)


def _tenure_shares(years: Months) -> Floats:
    own = np.interp(years, [20, 35, 60], [0.2, 0.45, 0.68])
    shares: Floats = np.stack([own, 0.85 - own, np.full(len(years), 0.15)], axis=1).clip(0.05).astype(np.float32)
    return shares


def _work(rng: np.random.Generator, years: Months) -> tuple[Codes, Mask]:
    student = np.interp(years, [17, 18, 19, 23, 27, 32], [0.97, 0.85, 0.5, 0.28, 0.08, 0.0])
    retired = np.interp(years, [57, 60, 63, 65, 67], [0.0, 0.12, 0.4, 0.85, 0.97])
    rest = np.clip(1 - student - retired, 0, 1)
    shares = np.stack([rest * 0.71, rest * 0.09, rest * 0.07, student, rest * 0.13, retired], axis=1)
    work = pick(rng, (shares + 1e-6).astype(np.float32))
    return work, work == STUDENT


def _remember(rng: np.random.Generator, state: State, eve: Months) -> None:
    """Draw the months of the events before month 0 that the hazards remember."""
    n, age = state.size, eve - state.birth

    def ago(mean: float, most: Months) -> Months:
        return np.minimum(rng.exponential(mean, n), most).astype(np.int16)

    def put(event: str, who: Mask, months_ago: Months) -> None:
        row = state.last[AT[event]]
        row[who] = (eve - months_ago)[who]

    def some(share: float) -> Mask:
        return rng.random(n) < share

    work_life = np.maximum(age - 200, 1).astype(np.int16)
    tenure = ago(75, work_life)
    wed = np.clip(age - rng.normal(28 * 12, 50, n), 1, 390).astype(np.int16)
    put("job_lost", some(0.13) & (age > 240), (12 + ago(40, work_life)).astype(np.int16))
    put("job_lost", state.work == UNEMPLOYED, np.minimum(ago(9, work_life), work_life))
    put("job_started", state.work == EMPLOYEE, tenure)
    put("business_started", state.work == SELF_EMPLOYED, tenure)
    put("marriage", state.marital == MARRIED, wed)
    put("divorce", state.marital == DIVORCED, ago(80, work_life))
    put("moved_residence", some(0.6), ago(80, age.astype(np.int16)))
    september = (eve - 8) % 12
    put("student_enrolled", state.enrolled & (age > 222), (september + 12 * rng.integers(0, 3, n)).astype(np.int16))
    june = (eve - 5) % 12
    put("graduated", ~state.enrolled & (age < 30 * 12) & some(0.8),
        (june + 12 * np.minimum(rng.integers(0, 5, n), np.maximum(age - 216, 0) // 12)).astype(np.int16))  # fmt: skip
    put("retired", state.work == RETIRED, np.maximum(age - rng.normal(62.5 * 12, 20, n), 0).astype(np.int16))
    put("residence_permit_granted", state.residence == TEMPORARY, rng.integers(0, 12, n).astype(np.int16))
    put("relative_died", some(0.1), ago(20, age.astype(np.int16)))
    put("hospital_stay", some(0.12), ago(14, age.astype(np.int16)))
    put("long_sick_leave", some(0.03) & (state.work < RETIRED), ago(14, age.astype(np.int16)))
    state.work_since[:] = np.maximum(np.where(state.work == RETIRED, state.last[AT["retired"]], eve - tenure), -390)
    state.work_since[:] = np.where(state.work == UNEMPLOYED, state.last[AT["job_lost"]], state.work_since)
    _family(rng, state, eve)
    disabled = rng.random(n) < np.interp(age / 12, [20, 60, 80], [0.015, 0.07, 0.12])
    state.disability[disabled] = 1 + (rng.random(int(disabled.sum())) < 0.35)
    put("disability_recognised", disabled, ago(90, age.astype(np.int16)))
    cared = rng.random(n) < np.interp(age / 12, [60, 75, 90], [0.0, 0.05, 0.4])
    state.care_level[cared] = 1 + (rng.random(int(cared.sum())) < 0.3)
    put("care_need_recognised", cared, ago(24, age.astype(np.int16)))


def _family(rng: np.random.Generator, state: State, eve: Months) -> None:
    n, age = state.size, (eve - state.birth) / 12
    expected = np.interp(age, [20, 28, 38, 46, 60, 70], [0.02, 0.5, 1.5, 1.6, 1.5, 1.4])
    expected = expected * np.where(state.marital == SINGLE, 0.25, 1.0)
    number = np.minimum(rng.poisson(expected), 4)
    at_birth = np.sort(np.clip(rng.normal(30, 5, (4, n)), 17, 46), axis=0)[::-1]
    ago = ((age - at_birth) * 12).astype(np.int16)
    slot = np.arange(4)[:, None]
    months = np.where((slot < number) & (ago > 0) & (ago < 390), eve - ago, NEVER).astype(np.int16)
    state.births[:] = -np.sort(-months, axis=0)
    state.last[AT["child_born"]] = state.births[0]
    state.children[:] = count_children(state, eve)
    expecting = (rng.random(n) < 0.02) & (age > 19) & (age < 42) & (state.births[0] < eve - 16)
    state.last[AT["prenatal_care_started"]][expecting] = (eve - rng.integers(0, 6, n))[expecting]


def count_children(state: State, month: int | Months) -> Codes:
    """Children under 18 in the household, of the four youngest."""
    number: Codes = ((month - state.births) < 216).sum(axis=0).astype(np.int8)
    return number

"""What goes into a decision and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from recommender.identifiers import CatalogueVersion, CitizenId, DecisionId, EventType, FactId, ModelVersion, ServiceId
from recommender.quiet import Quiet
from recommender.stops import Stopped


class Status(StrEnum):
    """Eligibility: rules answer yes, no, or that they cannot tell."""

    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    UNKNOWN = "unknown"
    __hash__ = str.__hash__  # Enum's own is Python code, and a decision hashes some 500 of these


class Trigger(StrEnum):
    """Why a decision was made."""

    REQUEST = "request"
    FACT = "fact"
    NIGHTLY = "nightly"


class Mode(StrEnum):
    """What a decision may look at: all that is known, or, by the citizen's choice, no profile and no model."""

    PERSONAL = "personal"
    RULES_ONLY = "rules_only"


class Withheld(StrEnum):
    """Why a candidate was not pushed. An answer, not an error; a GET withholds as `request` all that nothing bars."""

    REQUEST = "request"
    NO_CAUSE = "no_cause"
    NOT_ELIGIBLE = "not_eligible"
    ELIGIBILITY_UNKNOWN = "eligibility_unknown"
    ALREADY_HELD = "already_held"
    ALREADY_TOLD = "already_told"
    NO_LEGAL_GROUND = "no_legal_ground"
    OBJECTED = "objected"
    NEVER = "never"
    NOT_NOW = "not_now"
    CAPPED = "capped"
    BELOW_THRESHOLD = "below_threshold"
    WINDOW_CLOSED = "window_closed"
    UNREADABLE = "unreadable"
    EXCLUDED = "excluded"
    SERVICE_CLOSED = "service_closed"
    TOO_LATE = "too_late"
    PAUSED = "paused"
    NOT_PROFILED = "not_profiled"
    STOPPED = "stopped"
    HOUSEHOLD = "household"
    __hash__ = str.__hash__  # as for Status


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which arm of which experiment the citizen is in, and with what probability: so that logs can be learned from."""

    experiment: str = ""
    arm: str = ""
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class LegalGround:
    """On what ground this citizen may be told. `research_replay` may reach loopback inboxes only."""

    kind: str  # "law", "consent", "research_replay"
    words: str
    objected: bool
    version: int


@dataclass(frozen=True, slots=True)
class Told:
    """One service told earlier, by a notification that was not cancelled."""

    service_id: ServiceId
    cause: FactId
    at_us: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What the push policy looks at besides knowledge, read in one go at the decision's time.

    readable     : False when any of it could not be read; then nothing is pushed (`unreadable`).
    told         : newest first, the last 12 months.
    refusals     : per service "never", "not_now" or "applied", with when it was said (microseconds).
    objected     : authorities by which the citizen does not want to be told; all of them: see `ground`.
    quiet        : when the citizen is not to be disturbed; None: at no time.
    stops        : what operators have stopped, channels left out.
    household    : services of which another member of the household was told for all of them.
    """

    ground: LegalGround | None
    told: tuple[Told, ...] = ()
    refusals: Mapping[ServiceId, tuple[str, int]] = field(default_factory=dict)
    readable: bool = True
    objected: frozenset[str] = frozenset()
    quiet: Quiet | None = None
    stops: frozenset[Stopped] = frozenset()
    household: frozenset[ServiceId] = frozenset()


@dataclass(frozen=True, slots=True)
class DecisionRequest:
    """Decide for one citizen at one time. `fact_id` is the accepted fact when the trigger is `fact`.

    mode : `rules_only` when the citizen does not want to be profiled (see `recommender.rules_only`).
    """

    decision_id: DecisionId
    citizen_id: CitizenId
    at: datetime
    trigger: Trigger
    fact_id: FactId | None = None
    assignment: Assignment = Assignment()
    mode: Mode = Mode.PERSONAL


@dataclass(frozen=True, slots=True)
class Cause:
    """The recorded fact behind a candidate: a life event, or a date reached (then `date` names the attribute)."""

    root: FactId
    happened_us: int
    event_type: EventType | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One public service in one decision. `score` is NaN where the model does not know its need key.

    results : per criterion its Status, in the service's order.  missing : attributes that would settle it.
    cause   : set when triggered; None when only predicted.      rank : 1-based among those shown, None otherwise.
    """

    service_id: ServiceId
    status: Status
    results: tuple[Status, ...]
    missing: tuple[str, ...]
    score: float
    cause: Cause | None
    held: bool
    rank: int | None
    withheld: Withheld | None


@dataclass(frozen=True, slots=True)
class PlannedNotification:
    """All services of one cause, in order; `deadline` is the earliest of them, `not_before` when it may be delivered.

    not_before : None: at once.
    """

    cause: Cause
    service_ids: tuple[ServiceId, ...]
    deadline: datetime | None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Versions:
    """With what the decision was made."""

    catalogue: CatalogueVersion
    model: ModelVersion
    policy: str
    schema: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One run of the pipeline for one citizen at one time; `receipt` is its canonical record.

    told : attributes that were known from the citizen's own answers alone.
    """

    request: DecisionRequest
    versions: Versions
    candidates: tuple[Candidate, ...]
    push: tuple[PlannedNotification, ...]
    receipt: bytes
    told: frozenset[str] = frozenset()

    @property
    def ranking(self) -> tuple[Candidate, ...]:
        """The candidates shown, most needed first."""
        shown = [c for c in self.candidates if c.rank is not None]
        return tuple(sorted(shown, key=lambda c: c.rank or 0))

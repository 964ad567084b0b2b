"""What a public service comes with besides its rules: who decides, where and when, what to bring (CPSV-AP 3.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from recommender.identifiers import EventType, ServiceId

Texts = Mapping[str, str]
"""Language tag (en, zh) to text."""


class ChannelKind(StrEnum):
    """Where a citizen can turn to."""

    WEB = "web"
    APP = "app"
    COUNTER = "counter"
    KIOSK = "kiosk"
    PHONE = "phone"


class Step(StrEnum):
    """What can be done through a channel."""

    ASK = "ask"
    APPLY = "apply"
    COLLECT = "collect"
    END = "end"


class Sensitivity(StrEnum):
    """How much a service gives away about whoever is told of it. Wording, channel and time follow from it."""

    ORDINARY = "ordinary"
    PERSONAL = "personal"
    INTIMATE = "intimate"


class Residence(StrEnum):
    """Which residence makes an authority the citizen's."""

    REGISTERED = "registered"
    ACTUAL = "actual"


@dataclass(frozen=True, slots=True)
class Authority:
    """A public organisation that decides on services. `page` and `phone` are empty where there is none."""

    authority_id: str
    name: Texts
    page: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class LegalSource:
    """Where a condition comes from. `article` and `link` are empty where the act is all that is known."""

    act: str
    article: str = ""
    link: str = ""

    def __str__(self) -> str:
        return f"{self.act}, {self.article}" if self.article else self.act


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document or fact asked for. `held_by` is the register that has it already, so that nobody is asked twice."""

    evidence_id: str
    name: Texts
    held_by: str | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to the service: `address` is a link, a phone number or a place; `can` is what can be done there."""

    kind: ChannelKind
    address: Texts
    can: tuple[Step, ...]
    hours: Texts | None = None


@dataclass(frozen=True, slots=True)
class Season:
    """The part of each year in which a service is open, both days included; it may span the turn of the year."""

    first: tuple[int, int]
    last: tuple[int, int]

    def holds(self, day: date) -> bool:
        """Whether the service is open on that day of the year."""
        at = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """For whom the authority decides: those whose residence of that kind lies in one of the regions."""

    by: Residence
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """One thing: the services of one life event, in the order in which they are best done."""

    bundle_id: str
    name: Texts
    event: EventType
    services: tuple[ServiceId, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """How a citizen is asked for an attribute that no register told.

    choices : the values and what each is called.   name : what the attribute is called; None: as the data call it.
    """

    attribute: str
    words: Texts
    choices: Mapping[str, Texts]
    name: Texts | None = None

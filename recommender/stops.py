"""What an operator has stopped: a service, an authority, a channel, or everything; while it stands, nothing leaves."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from recommender.errors import InvalidFactError
from recommender.identifiers import ServiceId

NO_AUTHORITY = "-"
"""Instead of an authority's id for a service of which the catalogue names none: no authority's stop reaches it."""

LENGTH = 400
"""Most characters of the words that say why."""


class Reach(StrEnum):
    """How far a stop reaches."""

    EVERYTHING = "everything"
    CHANNEL = "channel"
    AUTHORITY = "authority"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, order=True)
class Stopped:
    """What is stopped. name: the id of a service or authority, a channel's name; "" when everything is."""

    reach: Reach
    name: str = ""

    @classmethod
    def of(cls, reach: str, name: str) -> "Stopped":
        """Raises InvalidFactError for a reach that is none, or a name where none belongs."""
        if reach not in list(Reach):
            raise InvalidFactError("no such reach of a stop", mend=f"one of {', '.join(Reach)}")
        if (reach == Reach.EVERYTHING) == bool(name):
            raise InvalidFactError("a stop names exactly one thing", mend="no name for everything, one for the others")
        return cls(Reach(reach), name)

    def __str__(self) -> str:
        return f"{self.reach.value} {self.name}".rstrip()


@dataclass(frozen=True, slots=True)
class Word:
    """Who said something, under which account (a portal's client, the operating system's user), why and when (UTC)."""

    by: str
    account: str
    because: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop on record. lifted: None while it stands."""

    number: int
    stopped: Stopped
    said: Word
    lifted: Word | None = None


def first_stop(standing: Collection[Stopped], channel: str, services: Mapping[ServiceId, str]) -> Stopped | None:
    """The widest stop that holds back a message by this channel about these services; None: it may go.

    services : each service of the message with its authority's id; "" is one that nobody can name any more, which waits
               while any authority is stopped.

    One service that is stopped holds back the whole message: it is told as a whole, later, or not at all.
    """
    held = [each for each in standing if _holds(each, channel, services)]
    return min(held, key=lambda each: (list(Reach).index(each.reach), each.name), default=None)


def withheld_by(standing: Collection[Stopped], service_id: ServiceId, authority_id: str) -> Stopped | None:
    """The stop that keeps a service from being told of at all. A channel's stop does not: there are other channels."""
    if not standing:
        return None
    return first_stop(standing, "", {service_id: authority_id or NO_AUTHORITY})


def _holds(each: Stopped, channel: str, services: Mapping[ServiceId, str]) -> bool:
    if each.reach is Reach.EVERYTHING:
        return True
    if each.reach is Reach.CHANNEL:
        return each.name == channel
    if each.reach is Reach.SERVICE:
        return each.name in services
    return any(authority in ("", each.name) for authority in services.values())


def check_because(because: str) -> str:
    """Why, tidied. Raises InvalidFactError when nothing is said, or more than is kept."""
    tidy = " ".join(because.split())
    if not tidy or len(tidy) > LENGTH:
        raise InvalidFactError("a stop says why", mend=f"give a reason of at most {LENGTH} characters")
    return tidy

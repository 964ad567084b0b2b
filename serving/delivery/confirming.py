"""Confirms a message's code to whoever was shown it: genuine or not, when, by which authority; never who."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any

from recommender.errors import ForbiddenError, TooManyError
from recommender.instants import from_us
from serving.access.scopes import Scope
from serving.access.tokens import Caller
from serving.database import codes, inbox
from serving.database.connect import Database
from serving.messages.codes import read_code
from serving.versions.in_force import InForce

_MINUTE_S = 60.0


class Misses:
    """Wrong guesses of the last minute by caller. Right ones are not counted: a hotline confirms many a minute."""

    def __init__(self, most: int, seconds: Callable[[], float] = monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._missed: dict[str, deque[float]] = {}
        self._lock = Lock()

    def check(self, who: str) -> None:
        """Return while the caller may guess. Raises TooManyError."""
        with self._lock:
            missed = self._recent(who)
            if not missed:
                del self._missed[who]  # whoever is right leaves nothing behind
            if len(missed) >= self._most:
                wait_s = int(missed[0] + _MINUTE_S - self._seconds()) + 1
                raise TooManyError(
                    f"{self._most} wrong codes within a minute", mend=f"ask again after {wait_s} s", after_s=wait_s
                )

    def add(self, who: str) -> None:
        with self._lock:
            self._recent(who).append(self._seconds())

    def _recent(self, who: str) -> deque[float]:
        missed = self._missed.setdefault(who, deque())
        while missed and missed[0] <= self._seconds() - _MINUTE_S:
            missed.popleft()
        return missed


@dataclass(frozen=True, slots=True)
class Confirming:
    """Answers for codes."""

    database: Database
    in_force: InForce
    misses: Misses = field(default_factory=lambda: Misses(20))

    def confirm(self, text: str, language: str | None, caller: Caller) -> Mapping[str, Any]:
        """Whether the code is genuine. Raises ForbiddenError, and TooManyError for who guesses."""
        if caller.scopes.isdisjoint({Scope.RECOMMEND, Scope.COUNTER}):
            raise ForbiddenError("the token lacks the scope recommend or counter", mend="ask for one of them")
        who = f"{caller.portal}:{caller.citizen_id or ''}"
        self.misses.check(who)
        code = read_code(text)
        if code is not None:
            with self.database.read() as conn:
                behind = codes.find(conn, code)
                named = None if behind is None else inbox.find(conn, behind.notification_id)
            if behind is not None and named is not None:
                words = [self.in_force.service(service_id, language) for service_id in named[1]]
                authorities = sorted({str(each["authority"]) for each in words if each["authority"]})
                return {"genuine": True, "told_at": from_us(behind.created_us).isoformat(), "authorities": authorities}
        self.misses.add(who)
        return {"genuine": False, "told_at": None, "authorities": []}

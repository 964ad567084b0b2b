"""Alarms to the operators: said once, not in floods, and never in the way of the work that raised them."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock

from recommender.errors import SettingsError

log = logging.getLogger("herald.alarms")

HOUR_S = 3_600.0
KEPT = 100
"""Alarms that wait while the operators' service is away; the oldest give way."""

Send = Callable[[str, str], bool]
"""Hands a title and a text to the operators; False when that failed."""


class Alarm(StrEnum):
    """What operators are woken for."""

    BREAKER = "a service was stopped by the breaker"
    POISON = "notifications cannot be delivered"
    CHAMPION = "the champion was refused"
    DATABASE = "the operational database cannot be read"


@dataclass(frozen=True, slots=True)
class _Waiting:
    title: str
    text: str


class Alarms:
    """Sounds alarms; `step` sends one, in a thread of its own.

    send     : None: alarms are only logged.
    clock_s  : seconds that never run backwards.
    repeat_s : seconds for which the same alarm about the same thing is not sent again.
    per_hour : the most that are sent within any hour; the next one tells how many were held back.
    """

    def __init__(self, send: Send | None, clock_s: Callable[[], float], *, repeat_s: float, per_hour: int) -> None:
        self._send = send
        self._clock_s = clock_s
        self._repeat_s = repeat_s
        self._per_hour = per_hour
        self._lock = Lock()
        self._sounded: dict[tuple[Alarm, str], float] = {}
        self._times: deque[float] = deque()
        self._waiting: deque[_Waiting] = deque(maxlen=KEPT)
        self._held_back = 0
        self._failures = 0
        self._not_before_s = 0.0

    def sound(self, alarm: Alarm, about: str, text: str) -> None:
        """Operators learn of it soon, unless they did lately. Returns at once and never raises."""
        with self._lock:
            now_s = self._clock_s()
            if now_s - self._sounded.get((alarm, about), -self._repeat_s) < self._repeat_s:
                return
            self._sounded = {key: at for key, at in self._sounded.items() if now_s - at < self._repeat_s}
            self._sounded[alarm, about] = now_s
            if self._send is not None:
                self._take(_Waiting(f"Herald: {alarm.value}", text), now_s)
        log.error("alarm", extra={"alarm": alarm.name.lower(), "about": about, "reason": text})

    def step(self) -> bool:
        """Send the oldest that waits; True when there may be more."""
        with self._lock:
            if self._send is None or not self._waiting or self._clock_s() < self._not_before_s:
                return False
            first = self._waiting[0]
        if not self._sent(first):
            with self._lock:
                self._failures += 1
                self._not_before_s = self._clock_s() + min(300.0, 2.0**self._failures)
            return False
        with self._lock:
            self._failures = 0
            if self._waiting and self._waiting[0] is first:
                self._waiting.popleft()
            return bool(self._waiting)

    def _take(self, one: _Waiting, now_s: float) -> None:
        while self._times and self._times[0] <= now_s - HOUR_S:
            self._times.popleft()
        if len(self._times) >= self._per_hour:
            self._held_back += 1
            return
        self._times.append(now_s)
        if self._held_back:
            one = _Waiting(one.title, f"{one.text}\n({self._held_back} more alarms were held back)")
            self._held_back = 0
        self._waiting.append(one)

    def _sent(self, one: _Waiting) -> bool:
        try:
            if self._send is not None and self._send(one.title, one.text):
                return True
            reason = "refused"
        except Exception as error:  # whatever a provider's library raises must not end the alarms
            reason = f"{type(error).__name__}: {error}"
        log.error("alarm_not_sent", extra={"reason": reason})
        return False


def apprise_sender(urls: str) -> Send | None:
    """Sends by Apprise to each of the addresses, divided by blanks; None when there are none.

    Raises SettingsError for an address that Apprise does not read. The addresses hold secrets, so none is repeated.
    """
    given = urls.split()
    if not given:
        return None
    from apprise import Apprise, NotifyType  # here: a server without alarms need not load a hundred providers

    to = Apprise()
    for place, url in enumerate(given, start=1):
        if not to.add(url):
            raise SettingsError(
                f"[serving] alarm_urls: address {place} of {len(given)} is none that Apprise reads",
                mend="as in mailto://user:password@host or json://host/path",
            )

    def send(title: str, text: str) -> bool:
        return bool(to.notify(body=text, title=title, notify_type=NotifyType.FAILURE))

    return send

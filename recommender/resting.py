"""Rests a provider that fails: after some failures in a row nobody calls it for a while, then one call tries."""

from dataclasses import dataclass, field

_DOUBLINGS = 20


@dataclass
class Resting:
    """One provider as one worker sees it. Times in seconds of any one clock.

    failures : in a row, after which it rests.   rest_s: how long at first; doubles while the trials fail.
    """

    failures: int = 5
    rest_s: float = 10.0
    longest_s: float = 600.0
    _failed: int = 0
    _rests_until_s: float | None = None
    _rests: int = 0
    _trying: bool = field(default=False)

    def allows(self, now_s: float) -> bool:
        """Whether a call may be made now; during a rest none, and after it one at a time until it is known to work."""
        if self._rests_until_s is None:
            return True
        if now_s < self._rests_until_s or self._trying:
            return False
        self._trying = True
        return True

    def resting(self, now_s: float) -> bool:
        """Whether no call is to be made now. Unlike `allows`, it starts no trial."""
        return self._rests_until_s is not None and (now_s < self._rests_until_s or self._trying)

    def worked(self) -> None:
        """A call was answered, be it with a refusal: the provider is there."""
        self._failed, self._rests, self._rests_until_s, self._trying = 0, 0, None, False

    def failed(self, now_s: float) -> None:
        """A call was not answered, or with an error of the provider's own."""
        self._failed += 1
        if self._trying or self._failed >= self.failures:
            rest_s = min(self.longest_s, self.rest_s * 2.0 ** min(self._rests, _DOUBLINGS))
            self._rests += 1
            self._rests_until_s = now_s + rest_s
            self._trying = False

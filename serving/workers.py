"""Background threads that look at a queue when woken, and now and then in case another process filled it."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from recommender.errors import HeraldError

log = logging.getLogger("herald.workers")


class Worker:
    """Runs `step` in a thread: again at once while it returns True, else when woken or after `idle_s`.

    A step that raises is logged and tried again after `idle_s`: a worker ends only when it is stopped, because a queue
    that nobody reads is silence that nobody notices.
    """

    def __init__(self, name: str, step: Callable[[], bool], idle_s: float) -> None:
        self._step = step
        self._idle_s = idle_s
        self._woken = Event()
        self._stopped = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._after_s = 0.0
        self.name = name

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def start(self, after_s: float = 0.0) -> None:
        """Begin, `after_s` from now."""
        self._after_s = after_s
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End after the step in hand."""
        self._stopped.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        self._stopped.wait(self._after_s)
        while not self._stopped.is_set():
            self._woken.clear()
            try:
                busy = self._step()
            except Exception as error:
                about = {"worker": self.name, "reason": str(error)}
                # what was raised on purpose says all in one line; only what nobody foresaw needs its trace
                log.error("worker_step_failed", extra=about, exc_info=not isinstance(error, HeraldError))
                busy = False
                self._stopped.wait(self._idle_s)
            if not busy and not self._stopped.is_set():
                self._woken.wait(self._idle_s)

"""Wakes the open inbox streams of one citizen, from any thread."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from recommender.errors import TooManyError
from recommender.identifiers import CitizenId


class Hub:
    """Open streams by citizen. A wake carries no content: a stream reads the inbox itself, so none can be lost."""

    def __init__(self) -> None:
        self._streams: dict[CitizenId, set[asyncio.Event]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = Lock()
        self.stopping = False

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Streams live on this loop from now on."""
        self._loop = loop

    @property
    def open_streams(self) -> int:
        with self._lock:
            return sum(map(len, self._streams.values()))

    def admit(self, citizen_id: CitizenId, most: int) -> None:
        """Return when one more stream of the citizen may open. Raises TooManyError when `most` are open."""
        with self._lock:
            opened = len(self._streams.get(citizen_id, ()))
        if opened >= most:
            raise TooManyError(f"{opened} streams of this inbox are open already", mend="close one that nobody reads")

    @contextmanager
    def listen(self, citizen_id: CitizenId) -> Iterator[asyncio.Event]:
        """An event that is set whenever the citizen's inbox may have changed. Clear it before reading the inbox."""
        woken = asyncio.Event()
        with self._lock:
            self._streams[citizen_id].add(woken)
        try:
            yield woken
        finally:
            with self._lock:
                self._streams[citizen_id].discard(woken)
                if not self._streams[citizen_id]:
                    del self._streams[citizen_id]

    def wake(self, citizen_id: CitizenId) -> None:
        """Wake the citizen's streams; nothing happens when there are none or the server has stopped."""
        with self._lock:
            woken = tuple(self._streams.get(citizen_id, ()))
        self._set(woken)

    def stop(self) -> None:
        """Wake every stream so that it can end."""
        self.stopping = True
        with self._lock:
            woken = tuple(event for events in self._streams.values() for event in events)
        self._set(woken)

    def stop_soon(self) -> None:
        """`stop` from a signal handler: it runs later, on the loop, because the lock may be held just now."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.stop)

    def _set(self, events: tuple[asyncio.Event, ...]) -> None:
        if self._loop is None or self._loop.is_closed():
            return
        for event in events:
            self._loop.call_soon_threadsafe(event.set)

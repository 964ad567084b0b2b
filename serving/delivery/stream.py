"""An inbox as a server-sent event stream: what is stored first, then each notification when it is shown."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool

from recommender.identifiers import CitizenId
from serving.delivery.hub import Hub

_PAGE = 100

ReadInbox = Callable[[int, int], Sequence[dict[str, Any]]]
"""Notifications after a sequence number, oldest first, at most so many; called in a thread."""


async def events(
    hub: Hub, citizen_id: CitizenId, read: ReadInbox, *, after: int, heartbeat_s: float
) -> AsyncIterator[bytes]:
    """Lines of the stream. `after` is the last sequence number that the client has seen (Last-Event-ID).

    The wake is cleared before the inbox is read, so what is shown between the two is read, not lost.
    """
    with hub.listen(citizen_id) as woken:
        yield b"retry: 1000\n\n"
        while not hub.stopping:
            woken.clear()
            page = await run_in_threadpool(read, after, _PAGE)
            for notification in page:
                after = notification["sequence"]
                yield sse("notification", after, notification)
            if len(page) == _PAGE:
                continue
            try:
                await asyncio.wait_for(woken.wait(), heartbeat_s)
            except TimeoutError:
                yield b": heartbeat\n\n"


def sse(event: str, event_id: int, data: object) -> bytes:
    """One server-sent event; JSON holds no bare line break, so `data` is one line."""
    return f"event: {event}\nid: {event_id}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def last_seen(header: str | None) -> int:
    """The sequence number in Last-Event-ID; 0 when there is none or it is not one of ours."""
    return int(header) if header and header.isascii() and header.isdigit() and len(header) < 19 else 0

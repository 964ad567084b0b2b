"""Sends life events as a register would and watches each notification reach an open inbox stream."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from experiments.demo.register import Portal

SETTLE_S = 0.5
"""How long a stream stays open after its citizen's last fact was decided: delivery follows within milliseconds."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One notification as it reached an inbox; `milliseconds` since the citizen's last fact was sent."""

    citizen: str
    services: tuple[str, ...]
    because: str
    milliseconds: float


@dataclass(slots=True)
class Tally:
    """What has happened so far."""

    sent: int = 0
    citizens: int = 0
    told: set[str] = field(default_factory=set)
    seen: list[Seen] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast it goes.

    inboxes : how many are open at a time.   pause_s : between two citizens.   enough : stop when so many were told.
    late_s  : how long a stream waits for a first notification, on a machine that is busy with other things.
    """

    inboxes: int
    pause_s: float = 0.0
    enough: int | None = None
    patience_s: float = 30.0
    late_s: float = 0.0


async def play(portal: Portal, events: pl.DataFrame, pace: Pace, tally: Tally, show: Callable[[Tally], None]) -> None:
    """Send every citizen's events, `pace.inboxes` citizens at a time, until all are sent or enough were told."""
    waiting = [group for _, group in events.group_by("citizen", maintain_order=True)]
    waiting.reverse()

    async def worker() -> None:
        while waiting and not _enough(tally, pace):
            await _one(portal, waiting.pop(), pace, tally, show)
            await asyncio.sleep(pace.pause_s)

    async with asyncio.TaskGroup() as group:
        for _ in range(pace.inboxes):
            group.create_task(worker())


async def _one(portal: Portal, facts: pl.DataFrame, pace: Pace, tally: Tally, show: Callable[[Tally], None]) -> None:
    citizen = str(facts["citizen"][0])
    tally.citizens += 1
    inbox = portal.inbox(await portal.resolve(citizen))
    await anext(inbox)
    since = [time.perf_counter()]
    listener = asyncio.create_task(_listen(inbox, citizen, since, tally, show))
    try:
        bodies = [_body(row) for row in facts.iter_rows(named=True)]
        for body in bodies:
            since[0] = time.perf_counter()
            await portal.send(body)
            tally.sent += 1
        show(tally)
        await _decided(portal, [str(body["id"]) for body in bodies], pace.patience_s)
        until = time.monotonic() + pace.late_s
        while citizen not in tally.told and time.monotonic() < until:
            await asyncio.sleep(0.05)
        await asyncio.sleep(SETTLE_S)
    finally:
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)


async def _listen(inbox: Any, citizen: str, since: list[float], tally: Tally, show: Callable[[Tally], None]) -> None:
    async for shown in inbox:
        milliseconds = (time.perf_counter() - since[0]) * 1_000
        names = tuple(str(service["name"]) for service in shown["services"])
        tally.seen.append(Seen(citizen, names, str(shown["because"]["words"]), milliseconds))
        tally.told.add(citizen)
        show(tally)


async def _decided(portal: Portal, fact_ids: list[str], patience_s: float) -> None:
    until = time.monotonic() + patience_s
    for fact_id in fact_ids:
        while time.monotonic() < until and await portal.became(fact_id) == "accepted":
            await asyncio.sleep(0.02)


def _body(row: dict[str, Any]) -> dict[str, object]:
    happened: datetime = row["happened_at"]
    body: dict[str, object] = {
        "id": row["id"],
        "register_number": row["citizen"],
        "type": row["event_type"],
        "happened_at": happened.isoformat(),
    }
    if row["corrects"] is not None:
        body["corrects"] = row["corrects"]
    if row["withdrawn"]:
        body["withdrawn"] = True
    return body


def _enough(tally: Tally, pace: Pace) -> bool:
    return pace.enough is not None and len(tally.told) >= pace.enough

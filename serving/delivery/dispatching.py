"""Delivers by one channel: claim, last look, send with no transaction open, record; and what to do when it fails."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from recommender.clock import Clock
from recommender.resting import Resting
from recommender.retrying import Retrying
from serving.channels.port import Channel, InDoubt, Message, Refused, Unavailable
from serving.database import outbox
from serving.database.connect import Connection, Database
from serving.delivery.holding import release_lifted
from serving.delivery.last_look import LastLook, Verdict
from serving.delivery.preparing import NO_ADDRESS, Ready
from serving.metrics import Metrics

log = logging.getLogger("herald.delivery")

GAVE_WAY = "gave way to"
LOOK_AGAIN_S = 0.5
"""A last look older than this is taken anew before a message leaves, so that a stop acts within a second."""

RECORD_S = 0.25
"""What was delivered so long ago is recorded, however little it is: behind a slow receiver few would be sent again."""

Prepare = Callable[[Connection, Sequence[Ready]], list[Message | str]]
"""The messages of claimed rows, ready to leave; or in words why there is none."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a worker goes.

    batch, lease_s : rows claimed at a time, and for how long.   per_second: messages a second; 0: as fast as it can.
    together       : deliveries recorded at a time. More than one is for receivers that keep ids: what a worker that is
                     killed had not recorded is sent again.
    """

    batch: int = 32
    lease_s: float = 30.0
    per_second: float = 0.0
    together: int = 1


@dataclass
class Dispatcher:
    """One worker of one channel. Any number may run, in any number of processes.

    forget  : called when a provider says that an address is no good any more.
    breaker : makes the breaker of a target.   draw: jitter.
    """

    database: Database
    clock: Clock
    metrics: Metrics
    channel: Channel
    look: LastLook
    prepare: Prepare
    forget: Callable[[Message, str], None]
    retrying: Retrying
    pace: Pace
    worker: str
    breaker: Callable[[], Resting] = Resting
    draw: Random = field(default_factory=Random)
    tick: Callable[[], float] = time.monotonic
    _breakers: dict[str, Resting] = field(default_factory=dict)
    _free_at_s: float = 0.0
    _done: list[outbox.Claimed] = field(default_factory=list)
    _done_at_s: float = 0.0

    def step(self) -> bool:
        """Deliver the oldest that waits; True when there may be more."""
        now, started, pace = self.clock.now(), self.tick(), self.pace
        if self._of("").resting(started):
            return False
        resting = [target for target, breaker in self._breakers.items() if target and breaker.resting(started)]
        with self.database.write() as conn:
            claimed = outbox.claim(
                conn, self.channel.name, pace.batch, now, outbox.Lease(self.worker, pace.lease_s), resting
            )
        rest: Sequence[outbox.Claimed] = claimed
        try:
            while rest:
                rest = self._hand_over(rest, started + pace.lease_s / 2)
        finally:
            self._record()
        return len(claimed) == pace.batch

    def _hand_over(self, rows: Sequence[outbox.Claimed], until: float) -> Sequence[outbox.Claimed]:
        """Look, then send; those that are left when the look is too old."""
        looked, looked_at = self._looked(rows), self.tick()
        for place, (row, message) in enumerate(looked):
            now = self.tick()
            if now > until:
                return ()  # the rest comes back when its lease ends, rather than being sent by two
            if place and now - looked_at > LOOK_AGAIN_S:
                return [row for row, _ in looked[place:]]
            self._send(row, message)
        return ()

    def _looked(self, rows: Sequence[outbox.Claimed]) -> list[tuple[outbox.Claimed, Message]]:
        """The rows that may leave, with their messages; that the others are cancelled or wait is recorded here."""
        now = self.clock.now()
        ready: list[tuple[outbox.Claimed, Message]] = []
        held: list[tuple[outbox.Claimed, Verdict | str]] = []
        with self.database.read() as conn:
            verdicts = self.look.at_all(conn, rows, now)
            looked = list(zip(rows, verdicts, strict=True))
            going = [(row, v.drop) for row, v in looked if not v.cancel and v.until is None]
            held += [(row, v) for row, v in looked if v.cancel or v.until is not None]
            for (row, _), message in zip(going, self.prepare(conn, going), strict=True):
                if isinstance(message, str):
                    held.append((row, message))
                else:
                    ready.append((row, message))
        if held:
            with self.database.write() as conn:
                for row, why in held:
                    self._hold(conn, row, now, why)
        stopped = {why.held for _, why in held if isinstance(why, Verdict) and why.held}
        if stopped:
            with self.database.write() as conn:
                release_lifted(conn, stopped, now)
        return ready

    def _hold(self, conn: Connection, row: outbox.Claimed, now: datetime, why: Verdict | str) -> None:
        if why == NO_ADDRESS:
            self._refused(conn, row, now, NO_ADDRESS)
        elif isinstance(why, str):
            self._failed(conn, row, why)
        elif why.cancel:
            outbox.cancelled(conn, row, now, why.cancel)
            self._count("cancelled")
        elif why.until is not None:
            outbox.held(conn, row, now, why.until, why.held)

    def _send(self, row: outbox.Claimed, message: Message) -> None:
        breaker = self._of(row.target)
        if not breaker.allows(self.tick()):
            with self.database.write() as conn:
                outbox.postponed(conn, row, self.clock.now(), self.clock.now())
            return
        self._wait()
        try:
            self.channel.send(message)
        except Refused as refused:
            breaker.worked()
            if refused.gone:
                self.forget(message, refused.reason)
            with self.database.write() as conn:
                self._refused(conn, row, self.clock.now(), refused.reason)
        except Exception as error:
            breaker.failed(self.tick())
            self._went_wrong(row, error)
        else:
            breaker.worked()
            self._done_at_s = self._done_at_s if self._done else self.tick()
            self._done.append(row)
            if len(self._done) >= self.pace.together or self.tick() - self._done_at_s > RECORD_S:
                self._record()

    def _record(self) -> None:
        """Write down what was delivered."""
        done, self._done = self._done, []
        if not done:
            return
        with self.database.write() as conn:
            outbox.all_delivered(conn, done, self.clock.now())
        for row in done:
            self._count("delivered")
            about = {"notification_id": row.notification_id, "channel": row.channel}
            log.info("notification_delivered", extra=about)

    def _went_wrong(self, row: outbox.Claimed, error: Exception) -> None:
        after_s = error.after_s if isinstance(error, Unavailable) else None
        doubted = isinstance(error, InDoubt)
        if not isinstance(error, Unavailable | InDoubt):
            log.error("delivery_crashed", extra={"channel": row.channel, "reason": str(error)}, exc_info=True)
        if doubted:
            self.metrics.in_doubt.labels(row.channel).inc()
        words = f"{type(error).__name__}: {error}" if not isinstance(error, Unavailable | InDoubt) else error.reason
        with self.database.write() as conn:
            self._failed(conn, row, words, after_s=after_s, doubted=doubted)

    def _failed(
        self, conn: Connection, row: outbox.Claimed, words: str, *, after_s: float | None = None, doubted: bool = False
    ) -> None:
        """Try again later, give way to another channel, or give up."""
        now, made = self.clock.now(), row.attempts + 1
        if row.fallback and made >= self.retrying.give_way and not doubted:
            self._give_way(conn, row, now, words)
            return
        ends = self.retrying.ends(row.created_at, row.deadline)
        again = self.retrying.again(made, now, ends, after_s, self.draw.random)
        state = outbox.TECHNICAL if again is None else outbox.TEMPORARY
        outbox.failed(conn, row, now, outbox.Failure(state, words, again, doubted))
        self._count(state)
        about = {"outbox_id": row.outbox_id, "channel": row.channel, "reason": words, "state": state}
        log.warning("delivery_failed", extra=about)

    def _refused(self, conn: Connection, row: outbox.Claimed, now: datetime, words: str) -> None:
        if row.fallback:
            self._give_way(conn, row, now, words)
            return
        outbox.failed(conn, row, now, outbox.Failure(outbox.PERMANENT, words))
        self._count(outbox.PERMANENT)
        about = {"outbox_id": row.outbox_id, "channel": row.channel, "reason": words}
        log.warning("delivery_refused", extra=about)

    def _give_way(self, conn: Connection, row: outbox.Claimed, now: datetime, words: str) -> None:
        """This channel ends here for this notification, so that it is not told twice when the provider recovers."""
        channel, *rest = row.fallback
        outbox.add(conn, row, channel, now, fallback=rest)
        outbox.cancelled(conn, row, now, f"{GAVE_WAY} {channel}: {words}"[:200])
        self._count("gave_way")

    def _of(self, target: str) -> Resting:
        return self._breakers.setdefault(target, self.breaker())

    def _wait(self) -> None:
        """Keep to the channel's pace."""
        if not self.pace.per_second:
            return
        now_s = self.tick()
        if self._free_at_s > now_s:
            time.sleep(self._free_at_s - now_s)
        self._free_at_s = max(self._free_at_s, now_s) + 1.0 / self.pace.per_second

    def _count(self, outcome: str) -> None:
        self.metrics.deliveries.labels(self.channel.name, outcome).inc()

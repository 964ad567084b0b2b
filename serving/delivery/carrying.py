"""The workers that carry messages by the channels at hand: one each in this process, any number of processes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from recommender.clock import Clock
from serving.channels.port import AddressBook, Channel, Message
from serving.channels.webhook import WEBHOOK
from serving.database.connect import Database
from serving.delivery.dispatching import Dispatcher, Pace
from serving.delivery.last_look import LastLook
from serving.delivery.preparing import Preparing
from serving.delivery.settings import DeliverySettings
from serving.metrics import Metrics
from serving.workers import Worker

TOGETHER = 16
"""Webhooks recorded at a time: their receivers keep ids."""


@dataclass(frozen=True, slots=True)
class Carrying:
    """What every carrier needs.

    batch, lease_s : rows claimed at a time, and for how long.
    ended          : a portal said that nobody is there any more.
    """

    database: Database
    clock: Clock
    metrics: Metrics
    look: LastLook
    preparing: Preparing
    settings: DeliverySettings
    batch: int
    lease_s: float
    ended: Callable[[str, str], None]

    def workers(self, channels: Sequence[Channel], addresses: AddressBook | None, idle_s: float) -> tuple[Worker, ...]:
        """A worker for each channel, not running yet."""
        return tuple(
            Worker(worker_of(channel.name), self._dispatcher(channel, addresses).step, idle_s) for channel in channels
        )

    def _dispatcher(self, channel: Channel, addresses: AddressBook | None) -> Dispatcher:
        def forget(message: Message, reason: str) -> None:
            if channel.name == WEBHOOK:
                self.ended(message.target, reason)
            elif addresses is not None:
                addresses.forget(message.citizen_id, channel.name, message.address, reason)

        settings, together = self.settings, TOGETHER if channel.name == WEBHOOK else 1
        return Dispatcher(
            self.database,
            self.clock,
            self.metrics,
            channel,
            self.look,
            self.preparing,
            forget,
            settings.retrying,
            Pace(self.batch, self.lease_s, settings.rates.get(channel.name, 0.0), together),
            f"{channel.name}-{uuid4().hex[:12]}",
            settings.breaker,
        )


def worker_of(channel: str) -> str:
    """The name of the worker of a channel."""
    return f"carrying-{channel}"

"""The way from a NATS stream to the event log and back: fetch, take, answer, acknowledge, in that order."""

import json
import logging
from dataclasses import dataclass
from typing import Any

from anyio import to_thread
from faststream import AckPolicy, FastStream
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from nats.js.api import ConsumerConfig, RetentionPolicy, StreamConfig

from recommender.errors import HeraldError
from serving.intake.broker_facts import BrokerIntake, Taken
from serving.intake.settings import IntakeSettings, broker_of

log = logging.getLogger("herald.intake")

DURABLE = "herald"
HELD_WORDS = 200
ONE = 1
"""Messages fetched at a time: FastStream handles a batch at once, and no correction may overtake what it corrects."""
FETCH_S = 1.0
"""How long one request to the broker waits for messages; a stop waits as long."""

LEAVE_S = 5.0
"""How long a stop waits for the message in hand."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """The names on the broker. A portal's account may publish below `facts` only, and read its own answers."""

    prefix: str

    @property
    def facts(self) -> str:
        return f"{self.prefix}.facts.*.*"

    @property
    def facts_stream(self) -> str:
        return f"{self.prefix.upper()}_FACTS"

    @property
    def answers_stream(self) -> str:
        return f"{self.prefix.upper()}_ANSWERS"

    def answers(self, portal: str) -> str:
        return f"{self.prefix}.answers.{portal}"

    def dead(self, portal: str) -> str:
        return f"{self.prefix}.dead.{portal}"


def application(settings: IntakeSettings, intake: BrokerIntake) -> FastStream:
    """Runs until it is asked to stop. Raises SettingsError.

    A message is acknowledged after its fact is committed and its answer is on the broker's disk. Killed before that, it
    comes again and gets the same answer: the event log knows it by its id.
    """
    broker = NatsBroker(
        broker_of(settings),
        logger=None,
        max_reconnect_attempts=-1,
        name="herald-intake",
        decoder=_as_it_came,
        graceful_timeout=LEAVE_S,
    )
    subjects = Subjects(settings.prefix)
    app = FastStream(broker, logger=None)

    @broker.subscriber(
        subjects.facts,
        stream=JStream(subjects.facts_stream, retention=RetentionPolicy.WORK_QUEUE),
        durable=DURABLE,
        config=ConsumerConfig(ack_wait=settings.ack_wait_s, max_deliver=-1),
        pull_sub=PullSub(batch_size=ONE, timeout=FETCH_S),
        ack_policy=AckPolicy.MANUAL,
    )
    async def take(message: NatsMessage) -> None:
        _, _, portal, kind = message.raw_message.subject.split(".")
        try:
            taken = await to_thread.run_sync(intake.take, portal, kind, bytes(message.body))
            await _answer(broker, subjects, portal, message, taken)
        except Exception as error:  # nothing of it was taken, or its sender not told: the broker keeps it
            log.error("message_waits", extra={"portal": portal, "reason": str(error)}, exc_info=not _meant(error))
            await message.nack(delay=settings.retry_s)
            return
        await message.ack_sync()
        log.info("message_taken", extra={"portal": portal, "kind": kind, "dead": taken.dead})

    @app.on_startup
    async def declare() -> None:
        connection = await broker.connect()
        kept = [subjects.answers("*"), subjects.dead("*")]
        age_s = settings.answers_days * 86_400
        await connection.jetstream().add_stream(StreamConfig(subjects.answers_stream, subjects=kept, max_age=age_s))

    return app


async def _answer(broker: NatsBroker, subjects: Subjects, portal: str, message: NatsMessage, taken: Taken) -> None:
    """Put the answer, and what is dead, on the broker. Raises when the broker does not confirm it.

    The number in the headers is that which the broker gave the sender for the message; it also keeps an answer that is
    given again after a kill from being stored twice.
    """
    number = str(message.raw_message.metadata.sequence.stream)
    stream = subjects.answers_stream
    if taken.dead:
        reason = str(taken.answer.get("detail", ""))[:HELD_WORDS].encode("ascii", "replace").decode()
        headers = {"Nats-Msg-Id": f"dead-{number}", "Herald-Sequence": number, "Herald-Reason": reason}
        await broker.publish(bytes(message.body), subjects.dead(portal), headers=headers, stream=stream, timeout=10)
    headers = {"Nats-Msg-Id": f"answer-{number}", "Herald-Sequence": number}
    words = json.dumps(taken.answer, ensure_ascii=False).encode()
    await broker.publish(words, subjects.answers(portal), headers=headers, stream=stream, timeout=10)


async def _as_it_came(message: Any) -> Any:
    """The bytes: what is no JSON is answered, not dropped on the way."""
    return message.body


def _meant(error: Exception) -> bool:
    return isinstance(error, HeraldError)

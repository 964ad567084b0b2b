"""Delivery by a channel other than the inbox: every answer a provider may give, on SQLite and PostgreSQL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select

from recommender.clock import FixedClock
from recommender.decision import LegalGround
from recommender.identifiers import CitizenId
from recommender.resting import Resting
from recommender.retrying import Retrying
from recommender.stops import Reach, Stopped, Word
from serving.channels.port import InDoubt, Message, Refused, Unavailable
from serving.database import decisions, grounds, safe_mode, stops
from serving.database.connect import Connection, Database
from serving.database.preferences import put_preferences
from serving.database.tables import outbox as rows
from serving.deciding.grounds import PURPOSE
from serving.delivery.announcing import Announcing
from serving.delivery.dispatching import Dispatcher, Pace
from serving.delivery.holding import Holding
from serving.delivery.hub import Hub
from serving.delivery.last_look import LastLook
from serving.delivery.preparing import Ready
from serving.delivery.showing import Delivery
from serving.metrics import Metrics
from tests.contract.decided import decided

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)
ANNA = CitizenId("anna")
LAW = LegalGround("law", "Act", False, 0)


@dataclass
class Provider:
    """A channel whose provider answers what it is told to, and keeps what it was given."""

    name: str = "email"
    answers: list[Exception | None] = field(default_factory=list)
    got: list[str] = field(default_factory=list)
    on_send: Callable[[], None] = lambda: None

    def send(self, message: Message) -> str:
        self.on_send()
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        self.got.append(message.message_id)
        return "reference"


@dataclass(frozen=True)
class Place:
    address: str = "anna@example.org"
    shared: bool = False


@dataclass
class Book:
    """Anna has an e-mail address and a telephone."""

    forgotten: list[str] = field(default_factory=list)

    def find(self, citizen_id: CitizenId) -> dict[str, Place]:
        return {channel: Place() for channel in ("email", "sms") if channel not in self.forgotten}

    def forget(self, citizen_id: CitizenId, channel: str, address: str, reason: str) -> None:
        self.forgotten.append(channel)


def prepare(conn: Connection, rows: Sequence[Ready]) -> list[Message | str]:
    return [
        Message(r.notification_id, r.notification_id, r.citizen_id, "a", r.target, "en", AT, "s", "t", "", "c", "l", {})
        for r, _ in rows
    ]


@dataclass
class Post:
    """Everything between a decision and the provider."""

    database: Database
    clock: FixedClock = field(default_factory=lambda: FixedClock(AT + timedelta(minutes=1)))
    book: Book = field(default_factory=Book)
    metrics: Metrics = field(default_factory=Metrics)
    tick_s: float = 0.0

    @property
    def look(self) -> LastLook:
        return LastLook(lambda citizen: LAW, lambda said, at: None, Holding(lambda service: "office"), True)

    def show(self, decision_id: str = "d1", **more: object) -> None:
        """Decide and show in the inbox, which queues for e-mail and then SMS."""
        with self.database.write() as conn:
            decisions.record(conn, decided(decision_id, AT))
        announcing = Announcing(frozenset({"email", "sms"}), b"key", self.book)
        Delivery(self.database, self.clock, self.metrics, Hub(), self.look, announcing, 10, 30.0).step()

    def worker(self, provider: Provider, name: str = "w", **more: object) -> Dispatcher:
        return Dispatcher(
            self.database,
            self.clock,
            self.metrics,
            provider,
            self.look,
            prepare,
            lambda message, reason: self.book.forget(message.citizen_id, provider.name, message.address, reason),
            Retrying(10.0, attempts=4, give_way=3),
            Pace(),
            name,
            lambda: Resting(failures=3, rest_s=60),
            Random(1),
            lambda: self.tick_s,
        )

    def states(self, channel: str = "email") -> list[tuple[str, int, int, str | None]]:
        with self.database.read() as conn:
            found = select(rows.c.state, rows.c.attempts, rows.c.doubts, rows.c.reason).where(rows.c.channel == channel)
            return [tuple(row) for row in conn.execute(found)]


@pytest.fixture
def post(database: Database) -> Post:
    return Post(database)


def test_what_is_shown_in_the_inbox_goes_by_the_first_channel_once(post: Post) -> None:
    post.show()
    provider = Provider()
    worker = post.worker(provider)
    for _ in range(3):
        worker.step()
    assert len(provider.got) == 1
    assert post.states() == [("delivered", 1, 0, None)]
    assert post.states("sms") == []


def test_a_provider_that_is_away_is_tried_again_later_and_then_gives_way(post: Post) -> None:
    post.show()
    email, sms = Provider(answers=[Unavailable("busy")] * 9), Provider("sms")
    worker = post.worker(email)
    worker.step()
    assert post.states() == [("temporary_failure", 1, 0, "busy")]
    worker.step()  # its time has not come
    assert post.states()[0][1] == 1
    for _ in range(2):
        post.clock.move(timedelta(hours=1))
        worker.step()
    assert post.states() == [("cancelled", 3, 0, "gave way to sms: busy")]
    post.worker(sms).step()
    assert (len(email.got), len(sms.got)) == (0, 1)
    assert post.states("sms") == [("delivered", 1, 0, None)]


def test_the_last_channel_is_tried_to_its_end_and_is_then_poison(post: Post) -> None:
    post.book.forgotten.append("sms")
    post.show()
    worker = post.worker(Provider(answers=[Unavailable("busy")] * 9))
    for _ in range(9):
        worker.step()
        post.clock.move(timedelta(hours=12))
        post.tick_s += 1000
    assert post.states() == [("technical_failure", 4, 0, "busy")]


def test_an_address_that_is_gone_is_forgotten_and_the_next_channel_used(post: Post) -> None:
    post.show()
    post.worker(Provider(answers=[Refused("no such mailbox", gone=True)])).step()
    assert post.book.forgotten == ["email"]
    assert post.states() == [("cancelled", 1, 0, "gave way to sms: no such mailbox")]
    post.worker(Provider("sms", answers=[Refused("barred")])).step()
    assert post.states("sms") == [("permanent_failure", 1, 0, "barred")]


def test_what_is_in_doubt_is_counted_and_sent_again_under_the_same_id_but_gives_no_way(post: Post) -> None:
    post.show()
    provider = Provider(answers=[InDoubt("time-out after the body")] * 3)
    worker = post.worker(provider)
    for _ in range(4):
        worker.step()
        post.clock.move(timedelta(hours=1))
        post.tick_s += 1000
    assert post.states() == [("delivered", 4, 3, None)]
    assert post.states("sms") == []  # it may have arrived: another channel would tell it twice
    assert post.metrics.in_doubt.labels("email")._value.get() == 3


def test_a_worker_that_dies_while_sending_leaves_it_in_doubt_for_the_next(post: Post) -> None:
    post.show()

    def die() -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        post.worker(Provider(on_send=die)).step()
    assert post.states() == [("sending", 1, 0, None)]
    second = Provider()
    post.worker(second, "w2").step()
    assert second.got == []  # the lease still runs
    post.clock.move(timedelta(minutes=1))
    post.worker(second, "w2").step()
    assert post.states() == [("delivered", 2, 1, None)]


def test_a_channel_that_crashes_or_a_message_without_words_is_tried_again_and_harms_no_other(post: Post) -> None:
    post.show()
    worker = post.worker(Provider(answers=[RuntimeError("a bug")]))
    worker.step()
    assert post.states() == [("temporary_failure", 1, 0, "RuntimeError: a bug")]
    post.clock.move(timedelta(hours=1))

    def wordless(conn: Connection, rows: Sequence[Ready]) -> list[Message | str]:
        return ["no catalogue knows it" for _ in rows]

    worker.prepare = wordless
    worker.step()
    assert post.states() == [("temporary_failure", 2, 0, "no catalogue knows it")]


def test_a_provider_that_fails_is_rested_and_tried_by_one_message(post: Post) -> None:
    for number in range(6):
        post.show(f"d{number}")
    provider = Provider(answers=[Unavailable("down")] * 4)
    worker = post.worker(provider)
    worker.step()
    assert len(provider.answers) == 1  # three failures in a row, then nobody called any more
    assert sorted(state for state, *_ in post.states()) == ["created"] * 3 + ["temporary_failure"] * 3
    worker.step()
    assert len(provider.answers) == 1
    post.clock.move(timedelta(hours=1))
    post.tick_s += 61
    worker.step()
    assert len(provider.answers) == 0  # the trial failed too: a rest again
    post.clock.move(timedelta(hours=1))
    post.tick_s += 121
    worker.step()
    worker.step()
    assert len(provider.got) + len([s for s in post.states() if s[0] != "delivered"]) == 6
    assert len(provider.got) >= 5


@pytest.mark.parametrize(
    ("change", "state", "reason"),
    [
        ("objected", "cancelled", "objected"),
        ("authority", "cancelled", "objected"),
        ("refused", "cancelled", "not_profiled"),
        ("safe", "cancelled", "safe_mode"),
        ("stopped", "created", "stopped: channel email"),
    ],
)
def test_what_changed_since_it_was_shown_is_looked_at_before_it_leaves(
    post: Post, change: str, state: str, reason: str | None
) -> None:
    post.show()
    with post.database.write() as conn:
        if change == "objected":
            grounds.put_ground(conn, ANNA, PURPOSE, LegalGround("law", "Act", True, 0), AT)
        elif change == "authority":
            grounds.put_objection(conn, ANNA, PURPOSE, "office", True, AT)
        elif change == "refused":
            put_preferences(conn, ANNA, {"profiling": "refused"}, AT)
        elif change == "safe":
            safe_mode.put_safe_mode(conn, ANNA, on=True, said_by="me", at=AT)
        else:
            stops.put(conn, Stopped.of(Reach.CHANNEL, "email"), Word("Olga", "console", "wrong words", AT))
    provider = Provider()
    post.worker(provider).step()
    assert provider.got == []
    assert [(s, r) for s, _, _, r in post.states()] == [(state, reason)]
    if change == "stopped":
        assert post.states()[0][1] == 0  # waiting is no attempt
        with post.database.write() as conn:
            stops.lift(conn, Stopped.of(Reach.CHANNEL, "email"), Word("Olga", "console", "", AT))
        post.clock.move(timedelta(minutes=1))
        post.worker(provider).step()
        assert len(provider.got) == 1


def test_a_record_that_cannot_be_read_lets_one_wait_and_the_others_leave(post: Post) -> None:
    post.show()
    with post.database.write() as conn:
        put_preferences(conn, ANNA, {"profiling": "allowed"}, AT)
        conn.exec_driver_sql("UPDATE preference SET content = '{'")
    provider = Provider()
    post.worker(provider).step()
    assert provider.got == []
    assert post.states()[0][:2] == ("created", 0)


def test_while_a_message_is_handed_over_no_transaction_is_open(post: Post) -> None:
    post.show()

    def write() -> None:
        with post.database.write() as conn:
            put_preferences(conn, CitizenId("bert"), {}, AT)

    provider = Provider(on_send=write)
    post.worker(provider).step()
    assert len(provider.got) == 1


def test_many_workers_send_each_message_once(post: Post) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for number in range(40):
        post.show(f"d{number}")
    provider = Provider()
    workers = [post.worker(provider, f"w{number}") for number in range(4)]
    for worker in workers:
        worker.pace = Pace(batch=5)

    def work(worker: Dispatcher) -> None:
        while worker.step():
            pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, workers))
    for worker in workers:
        worker.step()
    assert len(provider.got) == len(set(provider.got)) == 40


class Killed(BaseException):
    """Ends a worker in the middle of a batch."""


def test_what_is_recorded_together_is_on_record_when_the_batch_ends(post: Post) -> None:
    for number in range(5):
        post.show(f"d{number}")
    provider = Provider()
    worker = post.worker(provider)
    worker.pace = Pace(together=3)
    seen: list[int] = []
    provider.on_send = lambda: seen.append(sum(state == "delivered" for state, *_ in post.states()))
    worker.step()
    assert seen == [0, 0, 0, 3, 3]
    assert post.states() == [("delivered", 1, 0, None)] * 5


def test_a_batch_that_is_cut_short_records_what_was_sent_and_leaves_the_rest_to_others(post: Post) -> None:
    for number in range(4):
        post.show(f"d{number}")
    provider = Provider()
    worker = post.worker(provider)
    worker.pace = Pace(together=16, lease_s=30)

    def die() -> None:
        if len(provider.got) == 2:
            raise Killed

    provider.on_send = die
    with pytest.raises(Killed):
        worker.step()
    assert sorted(state for state, *_ in post.states()) == ["delivered"] * 2 + ["sending"] * 2
    post.clock.move(timedelta(seconds=31))
    another = Provider()
    post.worker(another, "w2").step()
    assert len({*provider.got, *another.got}) == len(provider.got) + len(another.got) == 4
    assert sum(doubts for _, _, doubts, _ in post.states()) == 2


def test_what_waits_behind_a_slow_provider_is_looked_at_once_more_for_all_that_are_left(post: Post) -> None:
    for number in range(4):
        post.show(f"d{number}")
    provider = Provider()
    worker = post.worker(provider)

    def slow() -> None:
        post.tick_s += 1.0
        with post.database.write() as conn:
            stops.put(conn, Stopped.of(Reach.EVERYTHING, ""), Word("op", "op", "wrong", AT))

    provider.on_send = slow
    worker.step()
    assert len(provider.got) == 1, "the stop was seen before the second left"
    assert sum(reason == "stopped: everything" for *_, reason in post.states()) == 3

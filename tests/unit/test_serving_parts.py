"""Hub, workers, body limit, settings, words and problems, each by itself."""

import asyncio
import json
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from starlette.types import Message

from recommender import errors
from recommender.catalogue import Catalogue, PublicService, Usage
from recommender.decision import Cause
from recommender.errors import HeraldError, SettingsError
from recommender.identifiers import CatalogueVersion, CitizenId, EventType, FactId, NeedKey, ServiceId
from recommender.reasons import Wording, because
from recommender.testing.catalogues import catalogue_of, service_of
from serving.bodies.words import Words
from serving.delivery.hub import Hub
from serving.delivery.stream import events, last_seen, sse
from serving.limits import BodyLimit
from serving.problems import STATUS, of_error, slug_of, status_of
from serving.settings import ServingSettings, check_safe, is_loopback
from serving.workers import Worker

CITIZEN = CitizenId("c1")


def test_a_stream_shows_what_is_stored_then_what_wakes_it_and_ends_when_the_server_stops() -> None:
    stored = [{"sequence": 1}]

    async def play() -> list[bytes]:
        hub = Hub()
        hub.start(asyncio.get_running_loop())
        lines = events(
            hub, CITIZEN, lambda after, _: [n for n in stored if n["sequence"] > after], after=0, heartbeat_s=5
        )
        seen = [await anext(lines), await anext(lines)]
        waiting = asyncio.ensure_future(anext(lines))
        await asyncio.sleep(0.05)
        assert hub.open_streams == 1
        stored.append({"sequence": 2})
        await asyncio.to_thread(hub.wake, CITIZEN)
        seen.append(await asyncio.wait_for(waiting, 1))
        hub.stop_soon()
        assert [line async for line in lines] == []
        assert hub.open_streams == 0
        return seen

    seen = asyncio.run(play())
    assert seen[1] == b'event: notification\nid: 1\ndata: {"sequence": 1}\n\n'
    assert b"id: 2" in seen[2]


def test_a_quiet_stream_beats() -> None:
    async def play() -> bytes:
        hub = Hub()
        hub.start(asyncio.get_running_loop())
        lines = events(hub, CITIZEN, lambda *_: [], after=0, heartbeat_s=0.01)
        await anext(lines)
        return await asyncio.wait_for(anext(lines), 1)

    assert asyncio.run(play()) == b": heartbeat\n\n"


@pytest.mark.parametrize(
    ("header", "number"), [(None, 0), ("", 0), ("7", 7), ("-1", 0), ("x", 0), ("²", 0), ("9" * 40, 0)]
)
def test_a_last_event_id_that_is_not_ours_starts_from_the_beginning(header: str | None, number: int) -> None:
    assert last_seen(header) == number


def test_an_event_is_one_line_of_data_whatever_it_says() -> None:
    assert sse("notification", 1, {"words": "a\nb\r\u2028"}).count(b"\n") == 4


def test_a_worker_survives_a_step_that_raises_and_is_woken_at_once() -> None:
    done = Event()
    calls: list[int] = []

    def step() -> bool:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("a full disk")
        if len(calls) == 3:
            done.set()
        return len(calls) == 2

    worker = Worker("test", step, idle_s=0.01)
    worker.start()
    assert done.wait(2)
    worker.stop()
    assert not worker.alive


async def _through(body: list[bytes], headers: list[tuple[bytes, bytes]], limit: int = 10) -> tuple[int, bytes]:
    received: list[bytes] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        received.append(message["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    parts = [{"type": "http.request", "body": part, "more_body": i + 1 < len(body)} for i, part in enumerate(body)]
    sent: list[Message] = []

    async def receive() -> Message:
        return parts.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await BodyLimit(app, limit, 5.0)({"type": "http", "method": "POST", "headers": headers}, receive, send)
    return sent[0]["status"], b"".join(received)


def test_a_body_within_the_limit_arrives_whole() -> None:
    assert asyncio.run(_through([b"12345", b"67890"], [])) == (200, b"1234567890")


@pytest.mark.parametrize(
    ("body", "headers"),
    [([b"12345", b"678901"], []), ([b"1"], [(b"content-length", b"11")])],
    ids=["chunked", "announced"],
)
def test_a_body_above_the_limit_is_refused(body: list[bytes], headers: list[tuple[bytes, bytes]]) -> None:
    assert asyncio.run(_through(body, headers))[0] == 413


def test_every_error_maps_to_a_status() -> None:
    classes = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, HeraldError)]
    assert len(classes) > 10
    for cls in classes:
        assert status_of(cls("x")) == next(STATUS[base] for base in cls.__mro__ if base in STATUS)
        assert of_error(cls("x", mend="y")).media_type == "application/problem+json"


def test_a_problem_says_how_to_mend_it() -> None:
    body = json.loads(bytes(of_error(errors.NotSignedInError("no bearer token", mend="ask for one")).body))
    assert body == {
        "type": "urn:herald:problem:not-signed-in",
        "title": "Unauthorized",
        "status": 401,
        "detail": "no bearer token",
        "mend": "ask for one",
    }
    assert slug_of(errors.NoChampionError("x")) == "no-champion"


def test_a_default_secret_outside_development_is_refused() -> None:
    with pytest.raises(SettingsError, match="token_secret"):
        check_safe(ServingSettings())
    with pytest.raises(SettingsError, match="citizen_token_secret"):
        check_safe(ServingSettings(token_secret="x" * 32))
    check_safe(ServingSettings(token_secret="x" * 32, citizen_token_secret="y" * 32))


def test_development_mode_listens_on_loopback_only() -> None:
    check_safe(ServingSettings(development=True))
    with pytest.raises(SettingsError, match="loopback"):
        check_safe(ServingSettings(development=True, host="0.0.0.0"))


@pytest.mark.parametrize(
    ("host", "is_it"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("x", False)]
)
def test_loopback_is_told_from_the_rest(host: str, is_it: bool) -> None:
    assert is_loopback(host) is is_it


@pytest.fixture
def words() -> Words:
    service = PublicService(
        ServiceId("s"),
        {"en": "Allowance", "zh": "补贴"},
        {"en": "Text"},
        {"en": "Office"},
        NeedKey("n"),
        (),
        (),
        Usage.ONCE,
    )
    return Words(Catalogue(CatalogueVersion("v"), (service,)), ("en", "zh"))


@pytest.mark.parametrize(
    ("asked", "name", "language", "fallback"),
    [
        (None, "Allowance", "en", False),
        ("zh", "补贴", "zh", False),
        ("zh-Hans", "补贴", "zh", False),
        ("fr", "Allowance", "en", True),
    ],
)
def test_a_text_in_another_language_than_asked_for_is_marked(
    words: Words, asked: str | None, name: str, language: str, fallback: bool
) -> None:
    shown = words.service(ServiceId("s"), asked)
    assert (shown["name"], shown["language"], shown["language_fallback"]) == (name, language, fallback)


def test_a_service_that_left_the_catalogue_keeps_its_id(words: Words) -> None:
    assert words.service(ServiceId("gone"), "en")["service_id"] == "gone"


def test_a_reason_calls_a_life_event_what_the_catalogue_in_force_calls_it() -> None:
    texts = {"en": "the birth of a child", "zh": "孩子出生"}
    words = Words(replace(catalogue_of(service_of("aid")), events={EventType("child_born"): texts}), ("en", "zh"))
    cause = Cause(FactId("f"), 0, event_type=EventType("child_born"))
    assert "recorded: the birth of a child, 1 January 1970" in because(cause, "en", words.wording(Wording()))
    assert "孩子出生" in because(cause, "zh", words.wording(Wording()))

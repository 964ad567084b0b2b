"""Web Push against an endpoint that decrypts as a browser does and checks the VAPID signature."""

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from recommender.adapters.settings import read_settings
from recommender.service_terms import Sensitivity
from serving.channels.port import InDoubt, Refused, Unavailable
from serving.channels.settings import ChannelSettings
from serving.channels.vapid import new_pair, public_key
from serving.channels.webpush import WebPushChannel
from tests.messages_made import made
from tests.servers import free_port

KEYS = new_pair()


def _url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Browser:
    """A browser and its push service in one."""

    port: int = 0
    status: int = 201
    silent_s: float = 0.0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    raw: list[bytes] = field(default_factory=list)
    shown: list[dict[str, str]] = field(default_factory=list)
    claims: list[dict[str, object]] = field(default_factory=list)

    def subscription(self, path: str = "/push/1") -> dict[str, object]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": _url64(point), "auth": _url64(self.auth)}
        return {"endpoint": f"http://127.0.0.1:{self.port}{path}", "keys": keys}

    def take(self, body: bytes, authorization: str) -> None:
        self.raw.append(body)
        self.shown.append(json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth)))
        token, key = (part.partition("=")[2] for part in authorization.removeprefix("vapid ").split(","))
        assert key == KEYS.public
        point = _raw(key)
        jwk = {"kty": "EC", "crv": "P-256", "x": _url64(point[1:33]), "y": _url64(point[33:])}
        self.claims.append(dict(jwt.decode(token, ECKey.import_key(jwk), algorithms=["ES256"]).claims))


@pytest.fixture
def browser() -> Iterator[Browser]:
    it = Browser()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            it.take(body, self.headers["authorization"])
            sleep(it.silent_s)
            self.send_response(410 if self.path == "/push/gone" else it.status)
            self.send_header("location", "/message/7")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    it.port = server.server_port
    Thread(target=server.serve_forever, daemon=True).start()
    yield it
    server.shutdown()
    server.server_close()


def channel(ended: list[str]) -> WebPushChannel:
    return WebPushChannel(read_settings(ChannelSettings, push_private_key=KEYS.private, push_timeout_s=1), ended.append)


def test_a_person_reads_it_in_both_languages_and_nobody_on_the_way_does(browser: Browser) -> None:
    sender = channel([])
    address = json.dumps([browser.subscription()])
    assert sender.send(made("webpush", address)) == "/message/7"
    sender.send(made("webpush", address, language="zh"))
    english, chinese = browser.shown
    assert english["title"] == "You may be entitled to: Birth grant"
    assert "Family Office decides" in english["body"]
    assert chinese["title"] == "您可能有权享受：生育补助"
    assert b"Birth" not in browser.raw[0]
    assert browser.claims[0]["aud"] == f"http://127.0.0.1:{browser.port}"
    assert browser.claims[0]["sub"] == "mailto:noreply@portal.example"


def test_a_lock_screen_shows_nothing_of_a_sensitive_matter(browser: Browser) -> None:
    channel([]).send(made("webpush", json.dumps([browser.subscription()]), sensitivity=Sensitivity.PERSONAL))
    assert browser.shown[0]["title"] == "There is a message for you"
    assert "grant" not in json.dumps(browser.shown[0])


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_ended_is_told_of_and_refused(browser: Browser, status: int) -> None:
    browser.status, ended = status, []  # type: ignore[var-annotated]
    with pytest.raises(Refused) as refused:
        channel(ended).send(made("webpush", json.dumps([browser.subscription()])))
    assert refused.value.gone
    assert ended == [browser.subscription()["endpoint"]]


def test_one_browser_that_takes_it_is_enough_and_the_ended_one_goes(browser: Browser) -> None:
    ended: list[str] = []
    address = json.dumps([browser.subscription("/push/gone"), browser.subscription()])
    channel(ended).send(made("webpush", address))
    assert ended == [browser.subscription("/push/gone")["endpoint"]]


@pytest.mark.parametrize("status", [429, 401, 500, 503, 307])
def test_a_push_service_in_trouble_is_tried_again(browser: Browser, status: int) -> None:
    browser.status = status
    with pytest.raises(Unavailable):
        channel([]).send(made("webpush", json.dumps([browser.subscription()])))
    assert len(browser.raw) == 1


def test_silence_after_the_request_is_in_doubt(browser: Browser) -> None:
    browser.silent_s = 1.5
    with pytest.raises(InDoubt):
        channel([]).send(made("webpush", json.dumps([browser.subscription()])))


def test_a_push_service_that_is_away_took_nothing(browser: Browser) -> None:
    away = browser.subscription() | {"endpoint": f"http://127.0.0.1:{free_port()}/x"}
    with pytest.raises(Unavailable):
        channel([]).send(made("webpush", json.dumps([away])))


@pytest.mark.parametrize("address", ["", "x", "{}", "[]", "[1]"])
def test_an_address_without_a_subscription_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        channel([]).send(made("webpush", address))


def test_a_key_that_is_no_point_of_the_curve_is_dropped(browser: Browser) -> None:
    ended: list[str] = []
    bad = browser.subscription() | {"keys": {"p256dh": _url64(b"\x04" + b"\x01" * 64), "auth": _url64(b"a" * 16)}}
    with pytest.raises(Refused):
        channel(ended).send(made("webpush", json.dumps([bad])))
    assert len(ended) == 1


def test_the_public_key_follows_from_the_private_one() -> None:
    assert public_key(KEYS.private) == KEYS.public
    assert public_key("") == ""

"""SMS against a small HTTP gateway that checks signatures: what a person reads, and an honest answer when it fails."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from recommender.adapters.settings import read_settings
from serving.channels.port import InDoubt, Refused, Unavailable
from serving.channels.settings import ChannelSettings
from serving.channels.sms import SmsChannel
from tests.messages_made import PORTAL, made
from tests.servers import free_port

SECRET = "a-key-shared-with-the-gateway-of-tests"


@dataclass
class Gateway:
    """A gateway's inbox, and its manners."""

    port: int = 0
    status: int = 202
    headers: dict[str, str] = field(default_factory=dict)
    silent_s: float = 0.0
    sent: list[dict[str, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)


@contextmanager
def gateway() -> Iterator[Gateway]:
    it = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            try:
                Webhook(SECRET.encode()).verify(body, dict(self.headers.items()))
                it.sent.append(json.loads(body))
                it.ids.append(self.headers["webhook-id"])
                status = it.status
            except WebhookVerificationError:
                status = 401
            sleep(it.silent_s)
            answer = b'{"id": "gw-1"}'
            self.send_response(status)
            for name, value in {**it.headers, "content-length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    it.port = server.server_port
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield it
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def provider() -> Iterator[Gateway]:
    with gateway() as opened:
        yield opened


def channel(port: int, secret: str = SECRET) -> SmsChannel:
    url = f"http://127.0.0.1:{port}/send"
    return SmsChannel(read_settings(ChannelSettings, sms_url=url, sms_secret=secret, sms_timeout_s=1))


def test_a_person_reads_it_in_both_languages(provider: Gateway) -> None:
    sender = channel(provider.port)
    assert sender.send(made("sms", "+86 138-0000-0000", first=True)) == "gw-1"
    sender.send(made("sms", "+8613800000000", language="zh", number="n2"))
    english, chinese = provider.sent
    assert english["to"] == "+8613800000000"
    assert english["text"] == (
        "Public Services: You may be entitled to: Birth grant. Family Office decides. Please apply by 3 June 2031. "
        f"{PORTAL} Code {made('sms').code}. You may object to such messages at any time. "
        "Reply STOP to end them, NOT ME if this number is not yours."
    )
    assert chinese["text"].startswith("【公共服务】您可能有权享受：生育补助，由家庭事务办公室审核决定。")
    assert "请在 2031年6月3日（含当日）之前申请。" in chinese["text"]
    assert provider.ids == ["n1", "n2"]


@pytest.mark.parametrize("address", ["", "anna", "12", "+1\r\nX: y", "+٣٤٥٦٧٨٩٠", "1" * 30])
def test_what_is_no_number_is_refused_and_nothing_leaves(provider: Gateway, address: str) -> None:
    with pytest.raises(Refused) as refused:
        channel(provider.port).send(made("sms", address))
    assert refused.value.gone
    assert provider.sent == []


@pytest.mark.parametrize(("status", "gone"), [(410, True), (422, True), (400, False)])
def test_a_refusal_is_for_good(provider: Gateway, status: int, gone: bool) -> None:
    provider.status = status
    with pytest.raises(Refused) as refused:
        channel(provider.port).send(made("sms", "+8613800000000"))
    assert refused.value.gone is gone


def test_a_busy_gateway_says_when_to_come_again(provider: Gateway) -> None:
    provider.status, provider.headers = 429, {"retry-after": "30"}
    with pytest.raises(Unavailable) as unavailable:
        channel(provider.port).send(made("sms", "+8613800000000"))
    assert unavailable.value.after_s == 30


def test_a_message_that_the_gateway_has_already_is_sent(provider: Gateway) -> None:
    provider.status = 409
    channel(provider.port).send(made("sms", "+8613800000000"))


def test_a_gateway_that_knows_another_key_took_nothing(provider: Gateway) -> None:
    with pytest.raises(Unavailable, match="401"):
        channel(provider.port, "another-key-that-is-not-the-gateways-own").send(made("sms", "+8613800000000"))
    assert provider.sent == []


def test_a_redirect_is_not_followed(provider: Gateway) -> None:
    provider.status, provider.headers = 307, {"location": f"http://127.0.0.1:{provider.port}/elsewhere"}
    with pytest.raises(Unavailable):
        channel(provider.port).send(made("sms", "+8613800000000"))
    assert len(provider.sent) == 1


def test_silence_and_a_crash_after_the_request_are_in_doubt(provider: Gateway) -> None:
    provider.status = 500
    with pytest.raises(InDoubt):
        channel(provider.port).send(made("sms", "+8613800000000"))
    provider.silent_s = 1.5
    with pytest.raises(InDoubt):
        channel(provider.port).send(made("sms", "+8613800000000"))


def test_a_gateway_that_is_away_took_nothing() -> None:
    with pytest.raises(Unavailable):
        channel(free_port()).send(made("sms", "+8613800000000"))

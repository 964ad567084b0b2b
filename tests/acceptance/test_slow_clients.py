"""Clients that drip, stall or hoard connections are let go, and nobody else waits for them."""

import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from serving.testing.town import SECRET
from tests.town_process import TownProcess

PATIENCE_S = 1.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TownProcess]:
    started = TownProcess(tmp_path_factory.mktemp("slow"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HERALD_SERVING_REQUEST_TIMEOUT_S", str(PATIENCE_S))
        patch.setenv("HERALD_SERVING_STREAMS_EACH", "2")
        started.start()
    yield started
    assert started.stop() == 0


def dial(server: TownProcess) -> socket.socket:
    where = httpx.URL(server.url)
    return socket.create_connection((where.host, where.port), timeout=10)


def drip(line: socket.socket, piece: bytes, each_s: float = 0.1) -> float:
    """Send one byte at a time until the other end has had enough; seconds that it took."""
    began = time.monotonic()
    line.settimeout(each_s)
    for number in range(int(20 / each_s)):
        try:
            line.sendall(piece[number % len(piece) : number % len(piece) + 1])
            if line.recv(4096) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - began


def test_headers_that_drip_are_cut_off(server: TownProcess) -> None:
    with dial(server) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: town\r\n")
        assert PATIENCE_S * 0.5 < drip(line, b"X-Slow: on\r\n") < PATIENCE_S + 5


def test_silence_is_cut_off(server: TownProcess) -> None:
    with dial(server) as line:
        assert line.recv(1) == b""


def test_a_second_request_that_drips_on_a_kept_connection_is_cut_off(server: TownProcess) -> None:
    with dial(server) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: town\r\n\r\n")
        assert b"200 OK" in line.recv(4096)
        assert drip(line, b"GET /healthz HTTP/1.1\r\nX-Slow: on\r\n") < PATIENCE_S + 5


def test_a_body_that_drips_is_answered_408_and_closed(server: TownProcess) -> None:
    with dial(server) as line:
        line.sendall(b"POST /v1/oauth/token HTTP/1.1\r\nHost: town\r\nContent-Length: 5000\r\n\r\n")
        answer = line.recv(4096)
        while more := line.recv(4096):
            answer += more
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"application/problem+json" in answer
    assert b"too-slow" in answer


def test_two_hundred_that_stall_hold_up_nobody(server: TownProcess) -> None:
    lines = [dial(server) for _ in range(200)]
    for line in lines:
        line.sendall(b"POST /v1/facts HTTP/1.1\r\nHost: town\r\nContent-Length: 60000\r\n\r\n{")
    assert httpx.get(f"{server.url}/readyz", timeout=5).status_code == 200
    for line in lines:
        with line:
            assert line.recv(64).startswith(b"HTTP/1.1 408")


def test_a_citizen_holds_so_many_streams_and_no_more_and_one_unread_holds_up_no_other(server: TownProcess) -> None:
    with httpx.Client(base_url=server.url, timeout=10) as http:
        form = {"grant_type": "client_credentials", "scope": "recommend facts:write"}
        answer = http.post("/v1/oauth/token", data=form, auth=("portal", SECRET))
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        told = http.post("/v1/citizens/resolve", json={"register_number": "c1"}, headers=headers)
        stream = f"/v1/citizens/{told.json()['citizen_id']}/notifications/stream"
        with http.stream("GET", stream, headers=headers) as unread, http.stream("GET", stream, headers=headers) as read:
            assert (unread.status_code, read.status_code) == (200, 200)
            pieces = read.iter_raw()  # kept: httpx closes the stream with its iterator
            assert next(pieces).startswith(b"retry:")
            refused = http.get(stream, headers=headers)
            assert refused.status_code == 429
            assert refused.headers["content-type"] == "application/problem+json"

"""docs/portal.md and docs/examples/portal_client.py against a real server: what the page prints is what comes."""

import importlib.util
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from recommender.adapters.settings import read_settings
from recommender.clock import SystemClock
from serving.access.tokens import CitizenTokens
from serving.settings import ServingSettings
from serving.testing.town import SECRET
from tests.receiver import Receiver, receiving
from tests.town_process import TownProcess

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(
    r"```(bash|json|text)\n(.*?)```", (ROOT / "docs" / "portal.md").read_text(encoding="utf-8"), re.DOTALL
)
CUT = "---- next ----"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    process = TownProcess(tmp_path_factory.mktemp("town"))
    process.start()
    yield process.url
    process.stop()


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def client() -> Any:
    """The page's client as a module, the way somebody imports it who took the file along."""
    at = importlib.util.spec_from_file_location("portal_client", ROOT / "docs" / "examples" / "portal_client.py")
    assert at is not None and at.loader is not None
    module = importlib.util.module_from_spec(at)
    sys.modules[at.name] = module
    at.loader.exec_module(module)
    return module


def subject(number: str) -> str:
    """What the citizen's sign-in service says."""
    settings = read_settings(ServingSettings, development=True)
    secret = settings.citizen_token_secret.get_secret_value()
    return CitizenTokens(secret, settings.citizen_token_issuer, SystemClock()).issue(number, 600)


def shape(value: Any) -> Any:
    """Names and kinds: digits, dates and texts differ from run to run."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__


def alike(page: Any, answer: Any) -> bool:
    """Whether the page promises what came; what is null or empty on one side says nothing about the other's inside."""
    if page in (None, []) or answer in (None, []):
        return page is None or answer is None or (isinstance(page, list) and isinstance(answer, list))
    if isinstance(page, dict):
        same = isinstance(answer, dict) and page.keys() == answer.keys()
        return same and all(alike(page[name], answer[name]) for name in page)
    if isinstance(page, list):
        return isinstance(answer, list) and alike(page[0], answer[0])
    return type(page) is type(answer)


def test_every_command_of_the_page_runs_and_answers_as_the_page_says(served: str, hook: Receiver) -> None:
    script = f"echo '{CUT}'\n".join(f"{block}\n" for kind, block in BLOCKS if kind == "bash")
    names = {
        "HERALD": served,
        "ID": "portal",
        "SECRET": SECRET,
        "NUMBER": "c1",
        "SUBJECT": subject("c1"),
        "HOOK": hook.url,
    }
    command = ["env", *(f"{name}={value}" for name, value in names.items()), "bash", "-eu", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    printed = iter(done.stdout.split(f"{CUT}\n"))
    last = ""
    for kind, block in BLOCKS:
        if kind == "bash":
            last = next(printed)
        elif kind == "text":
            assert last == block
        else:
            page, answer = json.loads(block), json.loads(last)
            assert alike(page, answer), f"the page: {shape(page)}\nthe server: {shape(answer)}\n{last}"


def test_what_the_page_shows_is_compared_to_the_last_field() -> None:
    page = {"a": [{"b": 1, "c": None}], "d": "x"}
    assert alike(page, {"a": [{"b": 2, "c": "now"}], "d": "y"})
    assert alike(page, {"a": [], "d": "y"})
    assert not alike(page, {"a": [{"b": 2}], "d": "y"})
    assert not alike(page, {"a": [{"b": "2", "c": None}], "d": "y"})
    assert not alike(page, {"a": {}, "d": "y"})


def test_the_client_does_what_a_portal_does_on_its_first_day(served: str, hook: Receiver, client: Any) -> None:
    with client.Herald(served, "other", SECRET) as herald:
        citizen = herald.resolve("c2")
        secret = herald.put_webhook(hook.url)
        assert herald.life_event("day-1", "c2", "child_born", "2031-03-02") == {
            "fact_id": "day-1",
            "status": "accepted",
        }
        assert herald.life_event("day-1", "c2", "child_born", "2031-03-02")["fact_id"] == "day-1"
        first = next(herald.stream(citizen))
        assert first == herald.inbox(citizen)[0]
        assert herald.inbox(citizen, after=first["sequence"]) == []
        assert herald.recommendations(citizen, k=2)["recommendations"][0]["service_id"] == "birth_allowance"
        assert herald.application(citizen, "birth_allowance", "started")["applications"][0]["stage"] == "started"
        herald.feedback(first["notification_id"], "wrong", "birth_allowance")
        assert "birth_allowance" not in _services(herald.recommendations(citizen)), "disputed, and gone at once"
        assert herald.put_webhook(hook.url) == "", "the secret comes once"
        with pytest.raises(client.Refused, match=r"404: this portal knows no such citizen; POST /v1/citizens/resolve"):
            herald.recommendations("nobody")
    headers, body = _called(hook)
    assert client.read_webhook(secret, headers, body)["data"]["citizen_id"] == citizen
    with pytest.raises(WebhookVerificationError):
        client.read_webhook(secret, headers, body.replace(b"2031", b"2032", 1))
    with pytest.raises(WebhookVerificationError):
        client.read_webhook(secret, {**headers, "webhook-timestamp": "1000000000"}, body)


def test_the_client_reaches_a_citizen_by_their_own_sign_in(served: str, client: Any) -> None:
    with client.Herald(served, "portal", SECRET, subject_token=subject("c3")) as herald:
        assert herald.recommendations("me")["mode"] == "personal"
    with client.Herald(served, "portal", "not the secret") as herald, pytest.raises(client.Refused, match="401"):
        herald.resolve("c3")


def _services(answer: dict[str, Any]) -> set[str]:
    return {one["service_id"] for one in answer["recommendations"]}


def _called(hook: Receiver) -> tuple[dict[str, str], bytes]:
    until = time.monotonic() + 20
    while not hook.calls and time.monotonic() < until:
        time.sleep(0.05)
    return hook.calls[0]

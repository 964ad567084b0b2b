"""From a life event to the message in somebody's hand, by every channel, through real servers on loopback."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from recommender.identifiers import CitizenId
from serving.channels.letter import Spool
from tests.acceptance.conftest import NOW, OpenTown, Town
from tests.acceptance.test_api_channels import own, register
from tests.integration.test_channel_sms import SECRET, Gateway, gateway
from tests.integration.test_channel_webpush import KEYS, Browser, browser
from tests.mail import PostOffice, post_office

__all__ = ["browser"]
PEOPLE = ("mia", "sun", "web", "leo", "zoe")


@pytest.fixture
def servers() -> Iterator[tuple[PostOffice, Gateway]]:
    with post_office() as office, gateway() as provider:
        yield office, provider


def carry(town: Town) -> None:
    """All that waits leaves, here and now."""
    town.settle()
    for worker in town.herald.carriers:
        while worker._step():
            pass


def test_each_person_is_told_by_the_channel_that_reaches_them(
    open_town: OpenTown,
    servers: tuple[PostOffice, Gateway],
    browser: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office, provider = servers
    for name, value in {
        "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(office.port), "EMAIL_SECURITY": "none",
        "SMS_URL": f"http://127.0.0.1:{provider.port}/send", "SMS_SECRET": SECRET,
        "PUSH_PRIVATE_KEY": KEYS.private, "PUSH_HOSTS": '["127.0.0.1"]',
        "LETTER_FOLDER": str(tmp_path / "letters"), "COUNTER": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"HERALD_CHANNELS_{name}", value)
    town = open_town()
    register(
        town,
        mia={"email": "mia@mail.example"}, sun={"sms": "+8613800000000"}, leo={"letter": "Leo Lee|1 Quay|Harbour Town"},
    )  # fmt: skip
    for person in PEOPLE:
        body = {"id": f"a-{person}", "register_number": person, "as_of": "2031-03-01", "values": {"resident": True}}
        assert town.http.post("/v1/attributes", json=body, headers=town.headers("facts:write")).status_code == 202
    town.settle()
    path = "/v1/citizens/me/push-subscriptions"
    assert town.http.post(path, json=browser.subscription(), headers=own(town, "web")).status_code == 201
    for person in ("sun", "leo"):
        said = {"language": "zh"}
        assert town.http.put("/v1/citizens/me/preferences", json=said, headers=own(town, person)).status_code == 200
    for person in PEOPLE:
        town.tell(f"birth-{person}", person)
    carry(town)
    carry(town)

    (mail,) = office.mails
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert mail["To"] == "mia@mail.example"
    assert "You may be entitled to: Birth allowance" in mail["Subject"]
    assert "YOUR RIGHT TO OBJECT" in text
    (sms,) = provider.sent
    assert sms["to"] == "+8613800000000"
    assert sms["text"].startswith("【公共服务】您可能有权享受：服务")
    (push,) = browser.shown
    assert push["title"] == "You may be entitled to: Birth allowance"
    batch = Spool(tmp_path / "letters").print_batch(NOW, "Public Services")
    assert batch is not None
    assert "您可能有权享受" in PdfReader(batch.folder / "letters.pdf").pages[0].extract_text()
    with town.herald.database.read() as conn:
        (waiting,) = conn.exec_driver_sql("SELECT citizen_id FROM counter_item").all()
    assert waiting.citizen_id == CitizenId("zoe")

    code = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", text)
    assert code is not None
    confirmed = town.http.get(f"/v1/codes/{code.group()}", headers=town.headers("counter")).json()
    assert confirmed["genuine"]
    one_click = re.search(r"/v1/unsubscribe/[^>]+", mail["List-Unsubscribe"])
    assert one_click is not None
    assert town.http.post(one_click.group()).status_code == 200
    assert town.herald.addresses.find(CitizenId("mia")) == {}
    assert json.loads(json.dumps(push))["code"] != code.group()

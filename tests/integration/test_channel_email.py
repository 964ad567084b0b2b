"""E-mail against a real SMTP server: what a person reads, and an honest answer when it does not go well."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from recommender.adapters.settings import read_settings
from serving.channels.email import EmailChannel
from serving.channels.port import InDoubt, Refused, Unavailable
from serving.channels.settings import ChannelSettings
from tests.mail import PostOffice, certificate, post_office
from tests.messages_made import PORTAL, made
from tests.servers import free_port

ONE_CLICK = "http://127.0.0.1:8000/v1/unsubscribe/n1.email.mark"


def channel(port: int, **settings: object) -> EmailChannel:
    given = {"email_security": "none", **settings}
    said = read_settings(ChannelSettings, email_host="127.0.0.1", email_port=port, email_timeout_s=2, **given)
    return EmailChannel(said, {"en": "Public Services", "zh": "公共服务"}, lambda message: ONE_CLICK)


@pytest.fixture
def office() -> PostOffice:  # type: ignore[misc]
    with post_office() as opened:
        yield opened


def test_a_person_reads_it_in_english(office: PostOffice) -> None:
    reference = channel(office.port).send(made("email", "anna@mail.example", first=True))
    (mail,) = office.mails
    assert reference == "queued as 1"
    assert mail["To"] == "anna@mail.example"
    assert mail["From"].addresses[0].display_name == "Public Services"
    assert mail["Subject"] == "You may be entitled to: Birth grant"
    assert mail["Message-ID"] == "<n1@portal.example>"
    assert mail["List-Unsubscribe"] == f"<{ONE_CLICK}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    for words in ("Because this was recorded: the birth of a child, 5 March 2031.", "Birth grant", "Family Office",
                  "Please bring: Number of your account", "Please apply by 3 June 2031.", PORTAL,
                  "YOUR RIGHT TO OBJECT"):  # fmt: skip
        assert words in text
    assert "<h2" in html
    assert set(re.findall(r"https?://[^\s<>\"]+", text + html)) == {PORTAL}


def test_a_person_reads_it_in_chinese(office: PostOffice) -> None:
    channel(office.port).send(made("email", "anna@mail.example", language="zh"))
    (mail,) = office.mails
    assert mail["Subject"] == "您可能有权享受：生育补助"
    assert mail["From"].addresses[0].display_name == "公共服务"
    assert mail["Content-Language"] == "zh"
    text = mail.get_body(("plain",)).get_content()
    for words in ("孩子出生（2031年3月5日）", "生育补助", "家庭事务办公室", "银行账号", "验证码"):
        assert words in text


def test_a_second_attempt_is_the_same_to_the_byte(office: PostOffice) -> None:
    sender, message = channel(office.port), made("email", "anna@mail.example")
    sender.send(message)
    channel(office.port).send(message)
    assert office.arrived[0] == office.arrived[1]


def test_a_hostile_name_adds_no_header_and_no_line(office: PostOffice) -> None:
    hostile = "Grant\r\nBcc: all@evil.example\r\n\r\n.\r\nMAIL FROM:<x@evil.example>"
    channel(office.port).send(made("email", "anna@mail.example", name={"en": hostile}))
    (mail,) = office.mails
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("You may be entitled to: Grant Bcc:")
    assert "evil" not in office.arrived[0].decode()


@pytest.mark.parametrize(
    "address",
    ["", "anna", "anna@", "a@b@c.example", "anna@mail.example\r\nBcc: x@evil.example", "anna @mail.example",
     "Anna <anna@mail.example>", "anna@mail.example,bert@mail.example", "a" * 250 + "@x.example", "anna@mail..example"],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_nothing_leaves(office: PostOffice, address: str) -> None:
    with pytest.raises(Refused) as refused:
        channel(office.port).send(made("email", address))
    assert refused.value.gone
    assert office.arrived == []


def test_an_address_with_letters_beyond_ascii_arrives(office: PostOffice) -> None:
    channel(office.port).send(made("email", "安娜@邮件.example"))
    assert len(office.arrived) == 1


def test_a_line_that_begins_with_a_dot_stays_whole(office: PostOffice) -> None:
    message = replace(made("email", "anna@mail.example"), text="first\n.\n..second\n", html="")
    channel(office.port).send(message)
    assert office.mails[0].get_content().replace("\r", "") == "first\n.\n..second\n"


@pytest.mark.parametrize(
    ("answer", "gone"),
    [
        ("550 5.1.1 no such user", True),
        ("550 5.2.1 mailbox disabled", True),
        ("551 user not local", True),
        ("552 mailbox full", False),
        ("550 5.7.1 your network is blocked", False),
        ("550 rejected", False),
        ("553 5.1.8 bad sender", False),
    ],
)
def test_a_refused_recipient_is_refused_for_good(office: PostOffice, answer: str, gone: bool) -> None:
    office.to_rcpt = answer
    sender = channel(office.port)
    with pytest.raises(Refused, match=answer[:3]) as refused:
        sender.send(made("email", "anna@mail.example"))
    assert refused.value.gone is gone
    office.to_rcpt = ""
    sender.send(made("email", "bert@mail.example"))
    assert len(office.arrived) == 1


@pytest.mark.parametrize("where", ["to_rcpt", "to_data"])
def test_a_temporary_answer_is_tried_again_later(office: PostOffice, where: str) -> None:
    setattr(office, where, "451 greylisted, try again")
    with pytest.raises(Unavailable, match="451"):
        channel(office.port).send(made("email", "anna@mail.example"))


def test_a_refused_body_is_refused_for_good_and_the_address_is_kept(office: PostOffice) -> None:
    office.to_data = "554 looks like spam"
    with pytest.raises(Refused, match="554") as refused:
        channel(office.port).send(made("email", "anna@mail.example"))
    assert not refused.value.gone


def test_silence_after_the_body_is_in_doubt(office: PostOffice) -> None:
    office.silent_s = 3
    with pytest.raises(InDoubt):
        channel(
            office.port,
        ).send(made("email", "anna@mail.example"))
    assert len(office.arrived) == 1, "it did arrive, which the sender cannot know"


def test_a_server_that_is_away_took_nothing() -> None:
    with pytest.raises(Unavailable):
        channel(free_port()).send(made("email", "anna@mail.example"))


def test_a_connection_that_the_server_ended_is_opened_again(office: PostOffice) -> None:
    sender = channel(office.port)
    sender.send(made("email", "anna@mail.example"))
    assert sender._smtp is not None
    sender._smtp.sock.close()
    sender.send(made("email", "anna@mail.example", number="n2"))
    assert len(office.arrived) == 2


def test_nothing_leaves_unencrypted_where_encryption_is_asked_for(office: PostOffice) -> None:
    with pytest.raises(Unavailable):
        channel(office.port, email_security="starttls").send(made("email", "anna@mail.example"))
    assert office.arrived == []


def test_starttls_and_sign_in(tmp_path: Path) -> None:
    context, authority = certificate(tmp_path)
    with post_office(context, auth=True) as office:
        known = {"email_security": "starttls", "email_ca_file": str(authority)}
        channel(office.port, **known, email_user="herald", email_password="secret").send(made("email", "a@b.example"))
        assert office.signed_in == [(b"herald", b"secret")]
        assert len(office.arrived) == 1
        wrong = {"email_user": "herald", "email_password": "wrong"}
        with pytest.raises(Unavailable):
            channel(office.port, **known, **wrong).send(made("email", "a@b.example"))
        assert len(office.arrived) == 1
        with pytest.raises(Unavailable, match="CERTIFICATE"):
            channel(office.port, email_security="starttls").send(made("email", "a@b.example"))

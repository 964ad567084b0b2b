"""Nothing is sent to real people under default secrets, without a portal, or over an unknown gateway."""

from types import SimpleNamespace
from typing import Any

import pytest

from recommender.adapters.settings import read_settings
from recommender.errors import SettingsError
from serving.channels.building import Building
from serving.channels.settings import ChannelSettings
from serving.channels.vapid import new_pair
from serving.messages.settings import MessageSettings

API = "https://herald.city.example"
_UNASKED: Any = (SimpleNamespace(ended=None), None, None)
"""Addresses, worklist and portals' secrets: nothing asks them while channels are made."""
GOOD = {"secret": "s" * 40, "portal_url": "https://portal.city.example"}


def build(channels: dict[str, Any], messages: dict[str, Any], *, development: bool) -> set[str]:
    made = Building(
        read_settings(ChannelSettings, webhooks=False, **channels),
        read_settings(MessageSettings, **messages),
        *_UNASKED,
        development,
    )
    return set(made.channels())


def test_without_settings_no_channel_is_on() -> None:
    assert build({}, {}, development=False) == set()


def test_in_development_a_channel_is_on_with_default_secrets() -> None:
    assert build({"email_host": "127.0.0.1"}, {}, development=True) == {"email"}


@pytest.mark.parametrize(
    ("messages", "named"),
    [
        ({}, "secret"),
        ({**GOOD, "secret": "short"}, "secret"),
        ({**GOOD, "portal_url": "http://portal.city.example"}, "portal_url"),
        ({"secret": GOOD["secret"]}, "portal_url"),
    ],
)
def test_elsewhere_what_is_unsafe_is_named_at_start(messages: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        build({"email_host": "mail", "api_url": API}, messages, development=False)
    assert build({"email_host": "mail", "api_url": API}, GOOD, development=False) == {"email"}


def test_a_gateways_key_is_long_enough() -> None:
    sms = {"sms_url": "https://sms.example/send"}
    with pytest.raises(SettingsError, match="sms_secret"):
        build({**sms, "sms_secret": "short"}, GOOD, development=False)
    with pytest.raises(SettingsError, match="sms_secret"):
        build(sms, GOOD, development=True)
    assert build({**sms, "sms_secret": "k" * 40}, GOOD, development=False) == {"sms"}


def test_e_mail_leaves_encrypted_and_can_be_ended_with_one_click() -> None:
    with pytest.raises(SettingsError, match="email_security"):
        build({"email_host": "mail", "email_security": "none", "api_url": API}, GOOD, development=False)
    with pytest.raises(SettingsError, match="api_url"):
        build({"email_host": "mail"}, GOOD, development=False)
    relay = {"email_host": "127.0.0.1", "email_security": "none", "api_url": API}
    assert build(relay, GOOD, development=False) == {"email"}


def test_a_push_key_that_is_none_is_named_at_start() -> None:
    with pytest.raises(SettingsError, match="push_private_key"):
        build({"push_private_key": "no key"}, GOOD, development=False)
    assert build({"push_private_key": new_pair().private}, GOOD, development=False) == {"webpush"}


@pytest.mark.parametrize(
    "url", ["ftp://x", "https://a b", "javascript:alert(1)", "https://portal.example/?x={{1}}", ""]
)
def test_the_one_link_is_a_plain_address(url: str) -> None:
    with pytest.raises(SettingsError, match="portal_url"):
        read_settings(MessageSettings, portal_url=url)

"""Settings of the intake from a broker: the section `intake`, HERALD_INTAKE_… in the environment."""

import re
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from recommender.adapters.settings import Section, section_config
from recommender.errors import SettingsError

TESTED = ("nats", "tls")
"""Schemes of the one broker that is claimed, because it is tested: NATS with JetStream, plain or over TLS."""


class IntakeSettings(Section):
    """Where life events and attributes come from besides HTTP."""

    section: ClassVar[str] = "intake"
    model_config = section_config("INTAKE")

    broker_url: SecretStr = Field(
        SecretStr(""), description="address of the broker, as nats://user:password@host:4222; empty: none; a secret"
    )
    prefix: str = Field(
        "herald", description="first word of all subjects: PREFIX.facts.PORTAL.life-events, PREFIX.answers.PORTAL"
    )
    answers_days: float = Field(7.0, gt=0, description="days for which answers and dead letters are kept by the broker")
    ack_wait_s: float = Field(30.0, gt=0, description="seconds after which the broker delivers again what got no word")
    retry_s: float = Field(2.0, gt=0, description="seconds after which a message is tried again that found no database")


def broker_of(settings: IntakeSettings) -> str:
    """The broker's address. Raises SettingsError for none, for a broker that was never tested, or a bad prefix."""
    url = settings.broker_url.get_secret_value()
    if not url:
        raise SettingsError(
            "[intake] broker_url is empty", mend="set HERALD_INTAKE_BROKER_URL=nats://user:password@host"
        )
    if urlsplit(url).scheme not in TESTED:
        raise SettingsError(
            "[intake] broker_url names a broker that Herald was never tested with",
            mend="use NATS, as in nats://host:4222",
        )
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", settings.prefix):
        raise SettingsError("[intake] prefix must be one word", mend="letters, digits, _ and -; as in herald")
    return url

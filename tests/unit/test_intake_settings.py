"""What the intake from a broker is claimed for: NATS, because it is tested."""

import pytest
from pydantic import SecretStr

from recommender.errors import SettingsError
from serving.intake.settings import IntakeSettings, broker_of


@pytest.mark.parametrize("url", ["", "kafka://host:9092", "amqp://user:hidden@host", "host:4222"])
def test_only_a_broker_that_is_tested_is_taken_and_no_address_is_repeated(url: str) -> None:
    with pytest.raises(SettingsError, match=r"NATS|nats") as raised:
        broker_of(IntakeSettings(broker_url=SecretStr(url)))
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize("prefix", ["", "two.words", "any*", "x y"])
def test_a_prefix_is_one_word(prefix: str) -> None:
    with pytest.raises(SettingsError, match="one word"):
        broker_of(IntakeSettings(broker_url=SecretStr("nats://host"), prefix=prefix))


def test_an_address_of_nats_is_taken() -> None:
    assert broker_of(IntakeSettings(broker_url=SecretStr("tls://u:p@host:4222"))) == "tls://u:p@host:4222"

"""Alarms: said once, not in floods, kept while the operators' service is away."""

import pytest

from recommender.errors import SettingsError
from serving.alarms import KEPT, Alarm, Alarms, apprise_sender


class Operators:
    """Receives alarms on a clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.read: list[str] = []
        self.away: Exception | bool = False

    def send(self, title: str, text: str) -> bool:
        if isinstance(self.away, Exception):
            raise self.away
        if not self.away:
            self.read.append(f"{title}: {text}")
        return not self.away

    def alarms(self, per_hour: int = 5) -> Alarms:
        return Alarms(self.send, lambda: self.now_s, repeat_s=100, per_hour=per_hour)


def test_the_same_alarm_is_sent_once_until_it_is_due_again() -> None:
    operators = Operators()
    alarms = operators.alarms()
    for text in ("down", "still down"):
        alarms.sound(Alarm.DATABASE, "database", text)
    alarms.sound(Alarm.BREAKER, "birth_allowance", "loud")
    alarms.sound(Alarm.BREAKER, "job_help", "loud")
    operators.now_s += 101
    alarms.sound(Alarm.DATABASE, "database", "down again")
    while alarms.step():
        pass
    assert [line.split(": ")[-1] for line in operators.read] == ["down", "loud", "loud", "down again"]
    assert operators.read[0] == "Herald: the operational database cannot be read: down"


def test_a_flood_is_cut_and_the_next_hour_says_how_many_were_held_back() -> None:
    operators = Operators()
    alarms = operators.alarms(per_hour=3)
    for n in range(10):
        alarms.sound(Alarm.BREAKER, f"service {n}", "loud")
    operators.now_s += 3_601
    alarms.sound(Alarm.BREAKER, "service 99", "loud")
    while alarms.step():
        pass
    assert len(operators.read) == 4
    assert operators.read[-1].endswith("(7 more alarms were held back)")


@pytest.mark.parametrize("trouble", [True, OSError("no route")])
def test_an_alarm_waits_while_the_operators_service_is_away(trouble: Exception | bool) -> None:
    operators = Operators()
    alarms = operators.alarms()
    operators.away = trouble
    alarms.sound(Alarm.CHAMPION, "champion", "refused")
    assert not alarms.step()
    operators.away = False
    assert not alarms.step()
    assert operators.read == [], "it is not tried again at once"
    operators.now_s += 3
    alarms.step()
    assert len(operators.read) == 1
    assert not alarms.step()


def test_what_waits_is_bounded_and_without_addresses_nothing_does() -> None:
    operators = Operators()
    operators.away = True
    alarms = operators.alarms(per_hour=10_000)
    for n in range(3 * KEPT):
        alarms.sound(Alarm.POISON, f"{n}", "x")
    operators.away = False
    while alarms.step():
        pass
    assert len(operators.read) == KEPT
    silent = Alarms(None, lambda: 0.0, repeat_s=1, per_hour=1)
    silent.sound(Alarm.POISON, "outbox", "x")
    assert not silent.step()


def test_an_address_that_is_none_is_refused_without_being_repeated() -> None:
    assert apprise_sender("  ") is None
    with pytest.raises(SettingsError, match="address 2 of 2") as raised:
        apprise_sender("json://localhost/a nonsense-with-password")
    assert "password" not in str(raised.value).split(";")[0]

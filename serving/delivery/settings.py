"""Settings of the delivery: the section `delivery`, HERALD_DELIVERY_… in the environment."""

from typing import ClassVar

from pydantic import Field

from recommender.adapters.settings import Section, section_config
from recommender.resting import Resting
from recommender.retrying import Retrying

DAY_S = 86_400.0


class DeliverySettings(Section):
    """How often a channel is tried, when it is rested, how fast it goes."""

    section: ClassVar[str] = "delivery"
    model_config = section_config("DELIVERY")

    retry_s: float = Field(
        10.0, gt=0, description="longest wait after a first failure, in seconds; it doubles each time"
    )
    retry_longest_s: float = Field(21_600.0, gt=0, description="no wait is longer, but what a provider asks for")
    attempts: int = Field(12, ge=1, description="attempts by one channel, after which it is given up")
    give_way: int = Field(3, ge=1, description="attempts after which the citizen's next channel is used instead")
    max_age_days: float = Field(7.0, gt=0, description="days after which a notification is not delivered any more")
    rest_after: int = Field(5, ge=1, description="failures in a row after which a provider is rested")
    rest_s: float = Field(10.0, gt=0, description="seconds for which it is rested at first; doubles while trials fail")
    rest_longest_s: float = Field(600.0, gt=0, description="no rest is longer")
    rates: dict[str, float] = Field(
        {}, description='messages a second that each worker sends by a channel, as JSON such as {"sms": 20}'
    )

    @property
    def retrying(self) -> Retrying:
        return Retrying(self.retry_s, self.retry_longest_s, self.attempts, self.give_way, self.max_age_days * DAY_S)

    def breaker(self) -> Resting:
        """A new breaker, for one target of one channel."""
        return Resting(self.rest_after, self.rest_s, self.rest_longest_s)

"""How long each kind of record is kept: the section `retention`, HERALD_RETENTION_… in the environment."""

from typing import ClassVar

from pydantic import Field

from recommender.adapters.settings import Section, section_config


class RetentionSettings(Section):
    """Days after which `herald retain` deletes; 0: kept until the citizen is erased."""

    section: ClassVar[str] = "retention"
    model_config = section_config("RETENTION")

    notifications_days: int = Field(
        2190,
        ge=0,
        description="days after a notification with its deliveries; what was refused for good stays",
    )
    decisions_days: int = Field(
        1095, ge=0, description="days after a decision's last time, but not before what it told"
    )
    readings_days: int = Field(1825, ge=0, description="days after somebody opened a person's record")
    disputes_days: int = Field(1095, ge=0, description="days after a dispute was settled; open ones stay")
    applications_days: int = Field(1825, ge=0, description="days after a report of what became of an application")
    mandates_days: int = Field(1095, ge=0, description="days after a mandate ended")
    parked_days: int = Field(365, ge=0, description="days that a fact waits for a citizen who never came")
    former_wishes_days: int = Field(
        1095, ge=0, description="days after an answer, wish or objection that a later one replaced"
    )
    forgotten_addresses_days: int = Field(365, ge=0, description="days after an address proved to be nobody's")
    calls_days: int = Field(30, ge=0, description="days after a provider's call, kept to see one that comes twice")
    rejects_days: int = Field(365, ge=0, description="days after a load wrote down the rows that it set aside")

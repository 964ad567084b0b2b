"""What callers get of one public service in full (CPSV-AP terms)."""

from pydantic import BaseModel, Field

from serving.bodies.responses import SERVICE, ServiceOut, example


class ConditionOut(BaseModel):
    """One condition that is law today, and where it comes from."""

    model_config = example(
        {"id": "resident", "words": "It is for residents.", "act": "Residence Act", "article": "s. 4", "link": ""}
    )

    id: str
    words: str | None
    act: str
    article: str
    link: str


class EvidenceOut(BaseModel):
    """A document or fact asked for; `held_by` names the register that has it already, so that nobody is asked twice."""

    model_config = example({"id": "birth_record", "name": "Record of the birth", "held_by": "population"})

    id: str
    name: str | None
    held_by: str | None


class ChannelOut(BaseModel):
    """A way to the service."""

    model_config = example(
        {"kind": "counter", "address": "40 Station Road", "can": ["ask", "apply"], "hours": "Mon to Fri, 9:00 to 17:00"}
    )

    kind: str = Field(description="web, app, counter, kiosk or phone")
    address: str | None
    can: list[str] = Field(description="what can be done there: ask, apply, collect, end")
    hours: str | None


class BundleOut(BaseModel):
    """One thing: the services of one life event, in the order in which they are best done."""

    model_config = example({"id": "newborn", "name": "A child is born", "services": ["birth_allowance"]})

    id: str
    name: str | None
    services: list[str]


class SeasonOut(BaseModel):
    """The part of each year in which the service is open, both days included, MM-DD."""

    model_config = example({"from": "10-01", "to": "03-31"})

    first: str = Field(alias="from")
    last: str = Field(alias="to")


class ServicePageOut(ServiceOut):
    """One public service in full. Every text speaks of what one may be entitled to; the authority decides."""

    model_config = example(
        {
            **SERVICE,
            "authority_page": "https://family.city.example",
            "authority_phone": "555-0101",
            "usage": "once",
            "open_now": True,
            "season": None,
            "deadline": "P90D",
            "processing_time": "P15D",
            "cost": "Free of charge",
            "output": "A monthly payment",
            "conditions": [],
            "evidence": [],
            "channels": [],
            "excludes": [],
            "bundles": [],
        }
    )

    authority_page: str
    authority_phone: str
    usage: str = Field(description="once, repeatable, or held_until_ended")
    open_now: bool
    season: SeasonOut | None
    deadline: str | None = Field(description="ISO 8601 period from the fact that calls for it")
    processing_time: str | None = Field(description="ISO 8601 period")
    cost: str | None
    output: str | None
    conditions: list[ConditionOut]
    evidence: list[EvidenceOut]
    channels: list[ChannelOut]
    excludes: list[str] = Field(description="services that nobody may hold together with this one")
    bundles: list[BundleOut]

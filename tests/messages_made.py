"""Messages composed from a small catalogue, for tests of what carries them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from recommender.adapters.settings import read_settings
from recommender.catalogue import Answer, Catalogue, PublicService, Usage
from recommender.decision import Cause
from recommender.identifiers import (
    CatalogueVersion,
    CitizenId,
    EventType,
    FactId,
    NeedKey,
    NotificationId,
    ServiceId,
)
from recommender.instants import to_us
from recommender.reasons import Wording
from recommender.service_terms import Evidence, Sensitivity
from serving.bodies.words import Words
from serving.channels.port import Message
from serving.messages.codes import code_of
from serving.messages.composing import Composer
from serving.messages.notice import Addressee, Kind, Notice
from serving.messages.settings import MessageSettings
from serving.versions.editions import Edition

AT = datetime(2031, 3, 5, 9, 0, tzinfo=UTC)
PORTAL = "https://portal.city.example"


def made(channel: str, address: str = "", *, language: str = "en", number: str = "n1", **more: object) -> Message:
    """A birth grant, told because a child was born; sensitivity, kind, first and name may be given."""
    name = more.get("name", {"en": "Birth grant", "zh": "生育补助"})
    words = {"en": "A sum of money.", "zh": "一笔补贴。"}
    service = PublicService(
        ServiceId("grant"), name, words, {"en": "Family Office", "zh": "家庭事务办公室"}, NeedKey("k"),
        (Answer("P1Y", EventType("child_born")),), (), Usage.ONCE,
        evidence=(Evidence("account", {"en": "Number of your account", "zh": "银行账号"}),),
    )  # type: ignore[arg-type]  # fmt: skip
    service = replace(service, sensitivity=more.get("sensitivity", Sensitivity.ORDINARY))  # type: ignore[arg-type]
    events = {EventType("child_born"): {"en": "the birth of a child", "zh": "孩子出生"}}
    catalogue = Catalogue(CatalogueVersion("v"), (service,), ("en", "zh"), events=events)
    edition = Edition(catalogue, Words(catalogue, ("en", "zh")))
    settings = read_settings(MessageSettings, portal_url=PORTAL, hotline="555-0100")
    composer = Composer(settings, lambda one: edition, Wording(), ("en", "zh"))
    kind = Kind(more.get("kind", Kind.TOLD))
    cause = Cause(FactId("f1"), to_us(AT), EventType("child_born"))
    notice = Notice(
        NotificationId(number), CitizenId("anna"), kind, cause, (ServiceId("grant"),), AT + timedelta(days=90), AT,
        bool(more.get("first", False)),
    )  # fmt: skip
    return composer.compose(notice, Addressee(channel, address, language=language), code_of(b"key", number))

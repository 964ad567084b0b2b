"""What a server is made from: everything that depends on a dataset, its workspace and the settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from features.contacts import Contacts
from recommender.clock import Clock
from recommender.identifiers import CitizenId
from recommender.policy import PushPolicy
from recommender.ports import OnlineFeatures
from serving.answering.disputing import Disputables
from serving.channels.settings import ChannelSettings
from serving.database.connect import Database
from serving.deciding.knowing import Blank, ProtectedAddresses
from serving.delivery.settings import DeliverySettings
from serving.messages.settings import MessageSettings
from serving.pages.settings import PagesSettings
from serving.settings import ServingSettings
from serving.versions.copies import Aliased, Load
from serving.versions.editions import ReadCatalogue
from serving.versions.engines import EngineOf


@dataclass(frozen=True)
class Parts:
    """What a server is made from; `serving.assembling` reads it from a workspace, tests make it by hand.

    event_types, attributes : what may be told: types of life events, attributes with their kinds.
    derived                 : attributes worked out of others, with their kinds; a citizen may answer them directly.
    hidden                  : attributes that no wording names. columns: the feature schema's, for receipts.
    ground                  : the descriptor's `legal_ground.inform`; registered_ground: its column's word on a citizen.
    blank                   : knowledge of a citizen of whom nothing is known but some events, by the feature schema.
    protected               : how registers say that an address is protected.
    locating                : columns that tell where or with whom a person lives: left out for who is in safe mode.
    disputables             : what a dispute needs to know of facts and registers.
    mark                    : the keyed mark by which an erased citizen is known.
    identify                : the citizen behind a register number.
    found, read             : the canonical content of the descriptor's catalogue; the catalogue of such a content.
    policy                  : the push policy in every engine; a replay finds its numbers by its version.
    load, engine_of         : reads a scorer folder; makes an engine of it.
    look, look_beside       : say what the aliases `champion` and `challenger` name now.
    messages, contacts      : how messages are worded and what proves them; the addresses that registers told.
    registered_language     : the language that a register says a citizen prefers; None: it says nothing.
    channels, delivery      : who carries messages; how they are tried.
    pages                   : who signs citizens in on the pages.
    """

    settings: ServingSettings
    database: Database
    found: Callable[[], bytes]
    read: ReadCatalogue
    languages: tuple[str, ...]
    zone: str
    event_types: frozenset[str]
    attributes: Mapping[str, str]
    derived: Mapping[str, str]
    hidden: frozenset[str]
    columns: tuple[str, ...]
    ground: object
    registered_ground: Callable[[CitizenId], bool | None]
    online: OnlineFeatures
    blank: Blank
    protected: ProtectedAddresses | None
    locating: frozenset[str]
    disputables: Disputables
    mark: Callable[[CitizenId], str]
    clock: Clock
    identify: Callable[[str], CitizenId]
    champion_folder: Path
    load: Load
    policy: PushPolicy
    engine_of: EngineOf
    look: Callable[[], Aliased | None]
    look_beside: Callable[[], Aliased | None]
    messages: MessageSettings
    contacts: Contacts
    registered_language: Callable[[CitizenId], str | None]
    channels: ChannelSettings
    delivery: DeliverySettings
    pages: PagesSettings

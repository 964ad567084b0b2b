"""Two servers decide for two members of one household at the same time, and one of them is told."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import polars as pl
from sqlalchemy import select

from features.contacts import keep_contacts
from recommender.clock import FixedClock
from recommender.facts import Fact, FactKind
from recommender.identifiers import CitizenId, EventType, FactId
from serving.bootstrap import put_together
from serving.database import facts
from serving.database.connect import Database, open_database
from serving.database.tables import notification
from serving.settings import ServingSettings
from serving.testing.town import TownFeatures, champion, content, parts
from tests.contract.test_caps_together import meet_after_reading

NOW = datetime(2031, 3, 5, 9, 0, tzinfo=UTC)
MEMBERS = (CitizenId("anna"), CitizenId("dora"))


def _server(folder: Path, database: Database) -> Any:
    features = TownFeatures({citizen: {"resident": True} for citizen in MEMBERS})
    made = parts(folder, ServingSettings(development=True), database, FixedClock(NOW), features)
    herald = put_together(replace(made, found=lambda: content(per_household=True)))
    herald.champion.follow(champion("fixed-1"))
    return herald


def _born(citizen: CitizenId) -> Fact:
    happened = NOW - timedelta(days=1)
    fact_id = FactId(f"birth-{citizen}")
    return Fact(fact_id, citizen, FactKind.LIFE_EVENT, "register", happened, NOW, EventType("child_born"))


def test_of_two_members_decided_at_once_one_is_told(database_url: str, tmp_path: Path) -> None:
    with open_database(database_url) as one, open_database(database_url) as other:
        both = [_born(citizen) for citizen in MEMBERS]
        with one.write() as conn:
            for fact in both:
                facts.accept(conn, fact, "0" * 64, "portal", False)
        servers = [_server(tmp_path, database) for database in (one, other)]
        rows = [{"citizen_id": citizen, "known_at": NOW, "contact__household": "h-17"} for citizen in MEMBERS]
        contacts = servers[0].addresses.contacts
        keep_contacts([pl.DataFrame(rows)], contacts.workspace, contacts.settings)
        meeting = Barrier(2)
        for server in servers:
            meet_after_reading(server.decider, meeting)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda pair: pair[0].decider._try(pair[1]), zip(servers, both, strict=True)))
        with one.read() as conn:
            assert len(conn.execute(select(notification.c.citizen_id)).all()) == 1
            assert facts.undecided(conn, 10) == []

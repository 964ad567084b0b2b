"""Everything held about one person, readable: by that person, and by the program that they take it to."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import LargeBinary, select

from features.contacts import Contacts
from features.facts import attribute_tables, raw_of_kind, raw_states
from features.ingest.rows import EVENTS, USES
from features.known_then import find_knowledge
from features.schema import load_schema
from features.tables import HOUSEHOLD
from recommender.identifiers import CitizenId
from recommender.instants import from_us
from recommender.reasons import Wording
from recommender.receipt_reading import readable
from recommender.receipts import decode
from serving.access import readings
from serving.assembling import locating_of
from serving.commands.answering_here import editions_of
from serving.commands.at_hand import AtHand
from serving.database import addresses, facts
from serving.database.connect import Connection
from serving.database.erasing import belongs_to
from serving.database.safe_mode import is_safe
from serving.database.schema import metadata

INTERNAL = frozenset({"body_digest", "silence", "digest", "worker", "lease_us"})
"""Columns that say nothing about the person."""
APART = frozenset({"fact", "decision", "reading"})
"""Tables that are told in words instead."""


def export(here: AtHand, citizen_id: CitizenId, language: str | None) -> dict[str, Any]:
    """What is held, by store, ready for JSON. Scores are left out: they order, and say nothing about anybody.

    Of a person in safe mode nothing that tells where or with whom they live is written out.
    """
    with here.database.read() as conn:
        safe = is_safe(conn, citizen_id)
        stored = {name: rows for name, rows in _tables(conn, citizen_id) if rows}
        sealed = addresses.given(conn, citizen_id)
        log = [_fact(each) for each in facts.facts_of(conn, citizen_id)]
        decided = list(_decisions(here, conn, citizen_id, language))
    seals = Contacts(here.place.workspace, here.place.features)
    given = {} if safe else {f"{channel}, as you gave it": seals.open(each.sealed) for channel, each in sealed.items()}
    held: dict[str, Any] = {
        "citizen_id": citizen_id,
        "written_at": here.clock.now().isoformat(),
        "known_now": _known(here, citizen_id),
        "told_by_registers": _offline(here, citizen_id),
        "told_by_interface": log,
        "decisions": decided,
        "stored": stored,
        "contacts": {} if safe else _contacts(here, citizen_id) | given,
        "readings": readings.shown(here.database, citizen_id, language or "en"),
    }
    if safe:
        _leave_out(held, locating_of(here.place.descriptor, load_schema(here.place.workspace)))
    return held


def _tables(conn: Connection, citizen_id: CitizenId) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for table in metadata.sorted_tables:
        condition = belongs_to(table, citizen_id)
        if condition is None or table.name in APART:
            continue
        columns = [c for c in table.c if c.name not in INTERNAL and not isinstance(c.type, LargeBinary)]
        rows = conn.execute(select(*columns).where(condition)).mappings()
        yield table.name, [{name: _plain(name, value) for name, value in row.items()} for row in rows]


def _decisions(here: AtHand, conn: Connection, citizen_id: CitizenId, language: str | None) -> Iterator[dict[str, Any]]:
    editions, wording = editions_of(here), Wording(str(here.place.descriptor.zone), here.place.descriptor.hidden)
    table = metadata.tables["decision"]
    columns = tuple(column.name for column in load_schema(here.place.workspace).columns)
    for row in conn.execute(select(table).where(table.c.citizen_id == citizen_id).order_by(table.c.first_us)):
        receipt = decode(bytes(row.receipt))
        edition = editions.find(receipt.versions.catalogue)
        words = wording if edition is None else edition.words.wording(wording)
        catalogue = None if edition is None else edition.catalogue
        shown = readable(receipt, catalogue, columns=columns, language=language or "en", wording=words)
        for candidate in shown["candidates"]:
            candidate.pop("score", None)
        yield {**shown, "times": row.times, "last_at": from_us(row.last_us).isoformat()}


def _offline(here: AtHand, citizen_id: CitizenId) -> dict[str, list[dict[str, Any]]]:
    workspace = here.place.workspace
    frames = {kind: raw_of_kind(workspace, kind) for kind in (EVENTS, USES)}
    frames |= {table: raw_states(workspace, table) for table in attribute_tables(workspace)}
    own = {name: frame.filter(pl.col("citizen_id") == citizen_id) for name, frame in frames.items()}
    return {
        name: [{key: _json(value) for key, value in row.items() if key != "citizen_id"} for row in frame.to_dicts()]
        for name, frame in own.items()
        if frame.height
    }


def _known(here: AtHand, citizen_id: CitizenId) -> dict[str, Any]:
    schema = load_schema(here.place.workspace)
    knowledge = find_knowledge(here.place.workspace, schema, citizen_id, here.clock.now())
    if knowledge is None:
        return {}
    dates = {attribute.name for attribute in schema.attributes if attribute.kind == "time"}
    return {
        name: from_us(int(value)).isoformat() if name in dates and isinstance(value, float | int) else value
        for name, value in sorted(knowledge.attributes.items())
        if value is not None
    }


def _contacts(here: AtHand, citizen_id: CitizenId) -> dict[str, str]:
    if not here.place.workspace.contacts.is_file():
        return {}
    contacts = Contacts(here.place.workspace, here.place.features)
    lives_in = contacts.lives_in(citizen_id)
    held = {channel: each.address for channel, each in contacts.of(citizen_id).items()}
    return held if lives_in is None else {**held, HOUSEHOLD: lives_in}


def _fact(fact: Any) -> dict[str, Any]:
    told = {name: getattr(fact, name) for name in fact.__slots__ if name != "citizen_id"}
    return {name: _json(dict(value) if isinstance(value, Mapping) else value) for name, value in told.items()}


def _leave_out(held: Any, names: frozenset[str]) -> None:
    """Take what locates a person out of every part, however deep."""
    if isinstance(held, dict):
        for name in names & held.keys():
            del held[name]
        for value in held.values():
            _leave_out(value, names)
    elif isinstance(held, list):
        for value in held:
            _leave_out(value, names)


def _plain(name: str, value: Any) -> Any:
    return from_us(value).isoformat() if name.endswith("_us") and isinstance(value, int) else value


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value

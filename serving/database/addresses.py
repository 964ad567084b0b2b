"""Where citizens want to be reached: addresses they gave, those that turned out wrong, and channels they object to."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select

from recommender.identifiers import CitizenId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.inserting import insert_once
from serving.database.message_tables import address as _given
from serving.database.message_tables import channel_objection as _objections
from serving.database.message_tables import forgotten_address as _forgotten

_OF = select(_given.c.channel, _given.c.sealed, _given.c.digest, _given.c.sole, _given.c.said_us).where(
    _given.c.citizen_id == bindparam("citizen_id")
)
_HOLDERS = select(_given.c.citizen_id, _given.c.sole).where(_given.c.digest == bindparam("digest"))
_DROP = delete(_given).where(_given.c.citizen_id == bindparam("citizen"), _given.c.channel == bindparam("by_channel"))
_FORGOTTEN = select(_forgotten.c.channel, _forgotten.c.digest).where(_forgotten.c.citizen_id == bindparam("citizen_id"))
_REMEMBER = delete(_forgotten).where(
    _forgotten.c.citizen_id == bindparam("citizen"), _forgotten.c.digest == bindparam("mark")
)
_SAID = (
    select(_objections.c.channel, _objections.c.version, _objections.c.objected)
    .where(_objections.c.citizen_id == bindparam("citizen_id"))
    .order_by(_objections.c.version)
)


class Given(NamedTuple):
    """An address that the citizen gave. sole: nobody else reads there, the citizen says."""

    sealed: bytes
    digest: str
    sole: bool
    said_us: int = 0


def given(conn: Connection, citizen_id: CitizenId) -> Mapping[str, Given]:
    """Channel to the address that the citizen gave."""
    rows = conn.execute(_OF, {"citizen_id": citizen_id})
    return {row.channel: Given(bytes(row.sealed), row.digest, bool(row.sole), row.said_us) for row in rows}


def give(conn: Connection, citizen_id: CitizenId, channel: str, new: Given, at: datetime) -> None:
    """The citizen gives an address; the former one of that channel goes, and it is no longer a forgotten one."""
    conn.execute(_DROP, {"citizen": citizen_id, "by_channel": channel})
    conn.execute(_REMEMBER, {"citizen": citizen_id, "mark": new.digest})
    row = {"citizen_id": citizen_id, "channel": channel, **new._asdict(), "said_us": to_us(at)}
    conn.execute(insert(_given), row)


def forget(conn: Connection, citizen_id: CitizenId, channel: str, digest: str, about: tuple[str, datetime]) -> None:
    """The address is not used for the citizen any more, whoever told of it. about: why and when."""
    reason, at = about
    row = {"citizen_id": citizen_id, "channel": channel, "digest": digest, "reason": reason, "at_us": to_us(at)}
    insert_once(conn, _forgotten, row)
    held = given(conn, citizen_id).get(channel)
    if held is not None and held.digest == digest:
        conn.execute(_DROP, {"citizen": citizen_id, "by_channel": channel})


def forgotten(conn: Connection, citizen_id: CitizenId) -> frozenset[tuple[str, str]]:
    """Channel and digest of addresses not to be used."""
    return frozenset((row.channel, row.digest) for row in conn.execute(_FORGOTTEN, {"citizen_id": citizen_id}))


def holders(conn: Connection, digest: str) -> Mapping[str, bool]:
    """Citizens who gave that address, with whether they say it is theirs alone."""
    return {row.citizen_id: bool(row.sole) for row in conn.execute(_HOLDERS, {"digest": digest})}


def objected(conn: Connection, citizen_id: CitizenId) -> frozenset[str]:
    """The channels by which the citizen does not want to be told."""
    last = {row.channel: bool(row.objected) for row in conn.execute(_SAID, {"citizen_id": citizen_id})}
    return frozenset(channel for channel, said in last.items() if said)


def put_objection(
    conn: Connection, citizen_id: CitizenId, channel: str, objects: bool, about: tuple[str, datetime]
) -> None:
    """Add a version of what the citizen says of one channel, keeping the former. about: by what means and when."""
    by, at = about
    rows = [row for row in conn.execute(_SAID, {"citizen_id": citizen_id}) if row.channel == channel]
    if rows and bool(rows[-1].objected) == objects:
        return
    version = rows[-1].version + 1 if rows else 1
    row = {"citizen_id": citizen_id, "channel": channel, "version": version, "objected": objects, "by": by}
    conn.execute(insert(_objections), {**row, "since_us": to_us(at)})

"""Takes one citizen out of every operational table, and looks for them in every column afterwards."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    LargeBinary,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.sql import ColumnElement

from features.searching import names, needles
from recommender.identifiers import CitizenId
from recommender.instants import to_us
from serving.database.answer_tables import erased_decision, erasure
from serving.database.connect import Connection, Database
from serving.database.inserting import insert_once
from serving.database.protection_tables import mandate
from serving.database.schema import metadata
from serving.database.tables import decision, notification

ErasedOf = Callable[[Connection, CitizenId], bool]

NOBODY = "erased"
"""Instead of the holder of another citizen's mandate."""

_BEGUN = select(erasure.c.mark).where(erasure.c.mark == bindparam("mark"))
_ANYBODY = select(erasure.c.mark).limit(1)
_CERTIFICATE = select(erasure.c.certificate).where(erasure.c.mark == bindparam("mark"))


def begin(conn: Connection, mark: str, at: datetime) -> None:
    """From now on nothing about the citizen is taken in."""
    insert_once(conn, erasure, {"mark": mark, "begun_us": to_us(at), "certificate": ""})


def is_erased(conn: Connection, mark: str) -> bool:
    """Whether the citizen of that mark was erased, or is being."""
    return conn.execute(_BEGUN, {"mark": mark}).first() is not None


def erased_of(mark: Callable[[CitizenId], str]) -> ErasedOf:
    """Whether a citizen was erased; mark: asked only where anybody was, because it wants the identity key."""

    def erased(conn: Connection, citizen_id: CitizenId) -> bool:
        return conn.execute(_ANYBODY).first() is not None and is_erased(conn, mark(citizen_id))

    return erased


def certificate_of(conn: Connection, mark: str) -> str:
    """What is certified so far; "" when nothing is."""
    found: str | None = conn.execute(_CERTIFICATE, {"mark": mark}).scalar()
    return found or ""


def certify(conn: Connection, mark: str, certificate: str, at: datetime | None) -> None:
    """Keep the certificate; at: when the erasure was done, None: it is not."""
    ended = None if at is None else to_us(at)
    conn.execute(update(erasure).where(erasure.c.mark == mark).values(certificate=certificate, ended_us=ended))


def erase_rows(conn: Connection, citizen_id: CitizenId, at: datetime) -> dict[str, int]:
    """Rows deleted by table, in one transaction; what hangs on a notification goes with it.

    The citizen's decisions leave their ids behind, which are random, so that a replay can say `erased`.
    """
    kept = select(decision.c.decision_id).where(decision.c.citizen_id == citizen_id)
    conn.execute(
        insert(erased_decision).from_select(
            ["decision_id"], kept.where(decision.c.decision_id.not_in(select(erased_decision.c.decision_id)))
        )
    )
    gone: dict[str, int] = {}
    for table in reversed(metadata.sorted_tables):
        condition = belongs_to(table, citizen_id)
        if condition is not None:
            gone[table.name] = conn.execute(delete(table).where(condition)).rowcount
    others = update(mandate).where(mandate.c.holder == citizen_id)
    gone["mandate"] += conn.execute(
        others.values(holder=NOBODY, ended_us=func.coalesce(mandate.c.ended_us, to_us(at)), ended_by=NOBODY)
    ).rowcount
    return gone


def belongs_to(table: Table, citizen_id: CitizenId) -> ColumnElement[bool] | None:
    """Which rows of a table are about a citizen; None for a table that is about nobody."""
    if "citizen_id" in table.c:
        return table.c.citizen_id == citizen_id
    if "notification_id" in table.c:
        theirs = select(notification.c.notification_id).where(notification.c.citizen_id == citizen_id)
        return table.c.notification_id.in_(theirs)
    return None


def overwrite(database: Database) -> None:
    """Leave nothing of deleted rows in the database's own files, as far as the engine lets that be done."""
    with database.alone() as conn:
        conn.execute(text("VACUUM"))
        if conn.dialect.name == "sqlite":
            conn.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def rows_naming(conn: Connection, citizen_id: CitizenId) -> Mapping[str, int]:
    """Rows of any table in which any text or bytes hold the pseudonym, by table; empty is the proof."""
    found: dict[str, int] = {}
    for table in metadata.sorted_tables:
        texts = [column for column in table.c if isinstance(column.type, String | LargeBinary)]
        if not texts:
            continue
        near = conn.execute(select(*texts).where(or_(*(_holds(conn, column, citizen_id) for column in texts))))
        count = sum(any(names(_bytes(value), citizen_id) for value in row if value) for row in near)
        if count:
            found[table.name] = count
    return found


def _holds(conn: Connection, column: Column[Any], citizen_id: CitizenId) -> ColumnElement[bool]:
    sqlite = conn.dialect.name == "sqlite"
    if isinstance(column.type, String):
        return (func.instr(column, citizen_id) if sqlite else func.strpos(column, citizen_id)) > 0
    sought = [literal(needle, LargeBinary) for needle in needles(citizen_id)]
    if sqlite:
        return or_(*(func.instr(column, each) > 0 for each in sought))
    return or_(*(func.position(each.op("IN")(column)) > 0 for each in sought))


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)

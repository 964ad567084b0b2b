"""Erasing out of the operational database: one citizen is gone from every table, the rows of others are as before."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Integer, LargeBinary, String, insert, select

from recommender.errors import ErasedError, NotFoundError
from recommender.identifiers import CitizenId, DecisionId
from serving.database import decisions, erasing
from serving.database.connect import Connection, Database
from serving.database.schema import metadata

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)
ANNA = CitizenId("0a1b2c3d4e5f60718293a4b5c6d7e8f9")
BERT = CitizenId("f0e1d2c3b4a5968778695a4b3c2d1e0f")
ABOUT_NOBODY = {
    "catalogue", "client", "counter_desk", "erased_decision", "erasure", "inbound_call", "publication", "push_policy",
    "recall", "stop", "webhook",
}  # fmt: skip
"""Tables without a citizen. A new table is put here on purpose, or has a citizen_id or a notification_id."""

_numbers = itertools.count(1)


def put(conn: Connection, citizen_id: CitizenId) -> None:
    """One row about the citizen in every table that is about anybody, the pseudonym in every text and blob."""
    note, made = f"n{next(_numbers)}", {"decision_id": f"d{next(_numbers)}"}
    for table in metadata.sorted_tables:
        if erasing.belongs_to(table, citizen_id) is None:
            continue
        row = {column.name: _value(column, citizen_id) for column in table.c if not _counted(column)}
        row |= {name: value for name, value in made.items() if name in table.c}
        row |= {"citizen_id": citizen_id} if "citizen_id" in table.c else {}
        row |= {"notification_id": note} if "notification_id" in table.c else {}
        if table.name == "recalled":
            row["recall"] = _recall(conn)
        if table.name == "mandate":
            row["holder"] = citizen_id
        conn.execute(insert(table), row)


def _recall(conn: Connection) -> int:
    recall = metadata.tables["recall"]
    found = conn.execute(select(recall.c.number)).scalar()
    if found is None:
        row = {column.name: _value(column, "nobody") for column in recall.c if column.name != "number"}
        found = conn.execute(insert(recall).values(row).returning(recall.c.number)).scalar_one()
    return int(found)


def _counted(column: Column[Any]) -> bool:
    return column.primary_key and isinstance(column.type, Integer) and column.autoincrement is True


def _value(column: Column[Any], citizen_id: str) -> Any:
    if column.foreign_keys or (column.nullable and column.name in ("corrects", "superseded_by")):
        return None
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, String):
        return f"{next(_numbers)}:{citizen_id}"[-(column.type.length or 200) :]
    return b"\x01" + bytes.fromhex(citizen_id) if isinstance(column.type, LargeBinary) else next(_numbers)


def everything(conn: Connection) -> dict[str, list[Any]]:
    return {table.name: sorted(map(repr, conn.execute(select(table)))) for table in metadata.sorted_tables}


def test_every_table_is_about_somebody_or_is_listed_as_about_nobody() -> None:
    silent = {table.name for table in metadata.sorted_tables if erasing.belongs_to(table, ANNA) is None}
    assert silent == ABOUT_NOBODY


def test_nothing_of_the_citizen_is_left_and_others_are_as_before(database: Database) -> None:
    with database.write() as conn:
        put(conn, BERT)
        before = everything(conn)
    with database.write() as conn:
        put(conn, ANNA)
        assert len(erasing.rows_naming(conn, ANNA)) >= 20
    with database.write() as conn:
        gone = erasing.erase_rows(conn, ANNA, AT)
    erasing.overwrite(database)
    with database.write() as conn:
        assert all(gone[name] for name in ("decision", "notification", "outbox", "feedback", "fact", "address"))
        assert erasing.rows_naming(conn, ANNA) == {}
        after = everything(conn)
        left = after.pop("erased_decision")
        before.pop("erased_decision")
        assert after == before
        assert len(left) == gone["decision"]
        assert sum(erasing.erase_rows(conn, ANNA, AT).values()) == 0


def _unless_there(conn: Connection, citizen_id: CitizenId) -> None:
    if not conn.execute(select(metadata.tables["citizen"]).where(_citizen(citizen_id))).first():
        put(conn, citizen_id)


def _citizen(citizen_id: CitizenId) -> Any:
    return metadata.tables["citizen"].c.citizen_id == citizen_id


def test_a_mandate_that_they_held_ends_without_their_name(database: Database) -> None:
    mandate = metadata.tables["mandate"]
    with database.write() as conn:
        put(conn, BERT)
        conn.execute(mandate.update().values(holder=ANNA, ended_us=None))
        erasing.erase_rows(conn, ANNA, AT)
        row = conn.execute(select(mandate)).one()
    assert (row.citizen_id, row.holder, row.ended_by) == (BERT, "erased", "erased")
    assert row.ended_us is not None


def test_an_erased_decision_says_so_and_one_that_never_was_does_not(database: Database) -> None:
    with database.write() as conn:
        put(conn, ANNA)
        decision_id = conn.execute(select(metadata.tables["decision"].c.decision_id)).scalar_one()
        erasing.erase_rows(conn, ANNA, AT)
        with pytest.raises(ErasedError, match="erased"):
            decisions.get_receipt(conn, DecisionId(decision_id))
        with pytest.raises(NotFoundError, match="no such decision"):
            decisions.get_receipt(conn, DecisionId("never"))


def test_the_mark_names_nobody_and_is_asked_for_only_when_anybody_was_erased(database: Database) -> None:
    def refuse(citizen_id: CitizenId) -> str:
        raise AssertionError(citizen_id)

    with database.write() as conn:
        assert not erasing.erased_of(refuse)(conn, ANNA)
        erasing.begin(conn, f"mark of {BERT[:4]}", AT)
        erasing.begin(conn, f"mark of {BERT[:4]}", AT)
        of = erasing.erased_of(lambda citizen: f"mark of {citizen[:4]}")
        assert (of(conn, BERT), of(conn, ANNA)) == (True, False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(others=st.lists(st.integers(16**15, 16**16 - 1), unique=True, max_size=4))
def test_whoever_else_there_is_stays_byte_for_byte(database: Database, others: list[int]) -> None:
    with database.write() as conn:
        for number in others:
            _unless_there(conn, CitizenId(f"{number:016x}"))
        _recall(conn)
        before = everything(conn)
        _unless_there(conn, ANNA)
        erasing.erase_rows(conn, ANNA, AT)
        after = everything(conn)
    before.pop("erased_decision")
    after.pop("erased_decision")
    assert after == before

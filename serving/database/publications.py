"""Publications of catalogues: drafts, approvals and roll-backs, each written in one row and one transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, text, update

from recommender.errors import PublicationError
from recommender.identifiers import CatalogueVersion
from recommender.instants import from_us, to_us
from recommender.publication import Publication, Signature
from serving.database.connect import Connection
from serving.database.tables import publication as _publications

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
"""From when on a catalogue out of the descriptor's folder is in force: so any that a person publishes follows it."""

_ALL = select(_publications).order_by(_publications.c.number)
_BEGUN = select(_publications).where(
    _publications.c.version == bindparam("version"), _publications.c.in_force_us <= bindparam("at_us")
)
_APPROVE = (
    update(_publications)
    .where(
        _publications.c.number == bindparam("of"),
        _publications.c.approved_us.is_(None),
        _publications.c.rolled_back_us.is_(None),
    )
    .values(approved_by=bindparam("by"), approved_as=bindparam("as"), approved_us=bindparam("at"))
)
_ROLL_BACK = (
    update(_publications)
    .where(_publications.c.number == bindparam("of"), _publications.c.rolled_back_us.is_(None))
    .values(
        rolled_back_by=bindparam("by"),
        rolled_back_as=bindparam("as"),
        rolled_back_us=bindparam("at"),
        rolled_back_note=bindparam("why"),
    )
)
_UNDONE = select(
    _publications.c.version, _publications.c.rolled_back_us, _publications.c.drafted_by, _publications.c.approved_us
)
_ALONE = text("LOCK TABLE publication IN SHARE ROW EXCLUSIVE MODE")


def alone(conn: Connection) -> None:
    """Until the transaction ends nobody else changes publications: what was checked still holds when it is written.

    On SQLite a write holds the whole database already.
    """
    if conn.dialect.name != "sqlite":
        conn.execute(_ALONE)


def list_all(conn: Connection) -> Sequence[Publication]:
    """Every publication, in the order drafted."""
    return [_publication(row) for row in conn.execute(_ALL)]


def find_approval(conn: Connection, version: CatalogueVersion, at: datetime) -> Publication | None:
    """The publication by which a version was in force at a time; None when there is none.

    A version may have several; one that was rolled back since is found too. Times of signing are the machine's clock,
    `at` is the server's, which may be a simulated one: they only choose where more than one is possible.
    """
    begun = [_publication(row) for row in conn.execute(_BEGUN, {"version": version, "at_us": to_us(at)})]
    approved = [each for each in begun if each.approved is not None or each.drafted is None]

    def likely(each: Publication) -> tuple[bool, bool, tuple[datetime, int]]:
        signed = each.approved is None or each.approved.at <= at
        return signed, each.rolled_back is None or at < each.rolled_back.at, each.rank

    return max(approved, key=likely, default=None)


def draft(
    conn: Connection, version: CatalogueVersion, in_force_from: datetime, drafted: Signature, note: str
) -> Publication:
    """Write a draft of a stored catalogue; it waits for its approval."""
    row = {
        "version": version,
        "in_force_us": to_us(in_force_from),
        "note": note,
        "drafted_by": drafted.name,
        "drafted_as": drafted.account,
        "drafted_us": to_us(drafted.at),
        "rolled_back_note": "",
    }
    return Publication(_insert(conn, row), version, in_force_from, drafted, note)


def from_descriptor(conn: Connection, version: CatalogueVersion, at: datetime) -> Publication:
    """Write down that a server took a stored catalogue from the descriptor's folder: nobody drafted or approved it."""
    row = {"version": version, "in_force_us": to_us(ALWAYS), "note": "", "drafted_us": to_us(at)}
    return Publication(_insert(conn, {**row, "rolled_back_note": ""}), version, ALWAYS, None)


def approve(conn: Connection, number: int, signature: Signature) -> None:
    """Write an approval. Raises PublicationError when the draft was approved or rolled back before."""
    _sign(conn.execute(_APPROVE, {"of": number, **_written(signature)}).rowcount)


def roll_back(conn: Connection, number: int, signature: Signature, note: str) -> None:
    """Write a roll-back. Raises PublicationError when there is one."""
    _sign(conn.execute(_ROLL_BACK, {"of": number, "why": note, **_written(signature)}).rowcount)


def rolled_back(conn: Connection) -> frozenset[CatalogueVersion]:
    """Versions that were in force and are taken back: of none of them does any publication count any more."""
    undone, counting = set(), set()
    for version, undone_us, drafted, approved_us in conn.execute(_UNDONE):
        if undone_us is not None:
            undone.add(CatalogueVersion(version))
        elif approved_us is not None or drafted is None:
            counting.add(CatalogueVersion(version))
    return frozenset(undone - counting)


def _insert(conn: Connection, row: dict[str, Any]) -> int:
    number: int = conn.execute(insert(_publications).returning(_publications.c.number), row).scalar_one()
    return number


def _sign(rows: int) -> None:
    if rows != 1:
        raise PublicationError(
            "somebody else changed that publication first", mend="see `herald catalogue versions` and try again"
        )


def _written(signature: Signature) -> dict[str, Any]:
    return {"by": signature.name, "as": signature.account, "at": to_us(signature.at)}


def _publication(row: Any) -> Publication:
    return Publication(
        row.number,
        CatalogueVersion(row.version),
        from_us(row.in_force_us),
        _signature(row.drafted_by, row.drafted_as, row.drafted_us),
        row.note,
        _signature(row.approved_by, row.approved_as, row.approved_us),
        _signature(row.rolled_back_by, row.rolled_back_as, row.rolled_back_us),
        row.rolled_back_note,
    )


def _signature(name: str | None, account: str | None, at_us: int | None) -> Signature | None:
    return None if name is None or at_us is None else Signature(name, account or "", from_us(at_us))

"""Catalogues, policies and publications: the same promises on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from recommender.errors import NotFoundError, PublicationError
from recommender.identifiers import CatalogueVersion
from recommender.policy import PushPolicy
from recommender.publication import Publication, Signature, check_approval
from serving.database import catalogues, publications
from serving.database.connect import Connection, Database

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
V1, V2 = CatalogueVersion("1" * 64), CatalogueVersion("2" * 64)
ANNA, BERT, CORA = (Signature(name, "ops", AT) for name in ("Anna Ahn", "Bert Bo", "Cora Cho"))


def stored(conn: Connection, version: CatalogueVersion = V1) -> CatalogueVersion:
    catalogues.put_catalogue(conn, version, b"[%s]" % version[:1].encode(), AT)
    return version


def test_a_catalogue_is_kept_once_by_its_version(database: Database) -> None:
    for _ in range(2):
        with database.write() as conn:
            stored(conn)
    with database.read() as conn:
        assert catalogues.get_catalogue(conn, V1) == b"[1]"
        assert catalogues.versions_like(conn, "111") == [V1]
        assert catalogues.versions_like(conn, "%") == []
        with pytest.raises(NotFoundError, match="222222222222 is on record"):
            catalogues.get_catalogue(conn, V2)


def test_a_policy_is_kept_by_its_version(database: Database) -> None:
    policy = PushPolicy(per_week=4)
    for _ in range(2):
        with database.write() as conn:
            catalogues.put_policy(conn, policy, AT)
    with database.read() as conn:
        assert catalogues.get_policy(conn, policy.version) == policy.content
        with pytest.raises(NotFoundError):
            catalogues.get_policy(conn, "another")


def test_a_publication_is_read_as_it_was_signed(database: Database) -> None:
    with database.write() as conn:
        found = publications.from_descriptor(conn, stored(conn), AT)
        draft = publications.draft(conn, stored(conn, V2), AT + DAY, ANNA, "the limit rises")
        publications.approve(conn, draft.number, BERT)
        publications.roll_back(conn, draft.number, CORA, "too soon")
    with database.read() as conn:
        assert publications.list_all(conn) == [
            Publication(found.number, V1, publications.ALWAYS, None),
            replace(draft, approved=BERT, rolled_back=CORA, rolled_back_note="too soon"),
        ]


def test_what_was_settled_is_not_settled_again(database: Database) -> None:
    with database.write() as conn:
        draft = publications.draft(conn, stored(conn), AT, ANNA, "")
        publications.approve(conn, draft.number, BERT)
        with pytest.raises(PublicationError, match="changed that publication first"):
            publications.approve(conn, draft.number, CORA)
        publications.roll_back(conn, draft.number, CORA, "")
        with pytest.raises(PublicationError):
            publications.roll_back(conn, draft.number, ANNA, "")


def test_the_database_itself_refuses_one_person_for_both(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as conn:
        draft = publications.draft(conn, stored(conn), AT, ANNA, "")
        conn.execute(text("UPDATE publication SET approved_by = drafted_by WHERE number = :n"), {"n": draft.number})


def test_only_a_stored_catalogue_can_be_drafted(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as conn:
        publications.draft(conn, V1, AT, ANNA, "")


def test_eight_who_approve_at_once_give_one_approval(database: Database) -> None:
    with database.write() as conn:
        number = publications.draft(conn, stored(conn), AT, ANNA, "").number

    def approving(place: int) -> str:
        name = f"Person {'abcdefgh'[place]}"
        try:
            with database.write() as conn:
                publications.alone(conn)
                every = publications.list_all(conn)
                check_approval(next(each for each in every if each.number == number), every, name, AT)
                publications.approve(conn, number, Signature(name, "ops", AT))
        except PublicationError as error:
            return error.message
        return "approved"

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(approving, range(8)))
    assert answers == ["approved", *["version 111111111111 waits for no approval"] * 7]


def test_the_approval_of_a_decision_is_found_by_version_and_time(database: Database) -> None:
    def signed(who: Signature, days: int) -> Signature:
        return replace(who, at=AT + days * DAY)

    with database.write() as conn:
        found = publications.from_descriptor(conn, stored(conn), AT)
        first = publications.draft(conn, V1, AT + 10 * DAY, ANNA, "")
        publications.approve(conn, first.number, signed(BERT, 9))
        publications.roll_back(conn, first.number, signed(BERT, 20), "")
        again = publications.draft(conn, V1, AT + 5 * DAY, ANNA, "")
        publications.approve(conn, again.number, signed(CORA, 21))
        publications.draft(conn, V1, AT, ANNA, "never approved")
    with database.read() as conn:

        def approval(days: int) -> int | None:
            by = publications.find_approval(conn, V1, AT + days * DAY)
            return None if by is None else by.number

        assert [approval(days) for days in (1, 10, 19, 22)] == [found.number, first.number, first.number, again.number]
        assert publications.find_approval(conn, V2, AT) is None

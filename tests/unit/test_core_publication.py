"""Which version of the catalogue is in force: two persons, an instant, and the way back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import PublicationError
from recommender.identifiers import CatalogueVersion
from recommender.publication import (
    Publication,
    Signature,
    check_approval,
    check_name,
    check_note,
    in_force,
    same_person,
    status,
    upcoming,
)

NOW = datetime(2031, 7, 1, tzinfo=UTC)
ANNA, BERT = (Signature(name, "ops", NOW) for name in ("Anna Ahn", "Bert Bo"))


def publication(number: int, days: int = 0, *, by: Signature | None = ANNA, **more: object) -> Publication:
    return Publication(number, CatalogueVersion(f"{number:064}"), NOW + timedelta(days=days), by, **more)  # type: ignore[arg-type]


FOUND = publication(1, -9_000, by=None)
SINCE_MAY = publication(2, -60, approved=BERT)
FROM_AUGUST = publication(3, 30, approved=BERT)
DRAFT = publication(4, 10)


def test_the_latest_that_has_begun_is_in_force() -> None:
    every = (FOUND, SINCE_MAY, FROM_AUGUST, DRAFT)
    assert in_force(every, NOW) == SINCE_MAY
    assert in_force(every, NOW + timedelta(days=30)) == FROM_AUGUST
    assert in_force(every, NOW - timedelta(days=61)) == FOUND
    assert upcoming(every, NOW) == (FROM_AUGUST,)
    assert in_force((DRAFT,), NOW + timedelta(days=99)) is None


def test_what_is_rolled_back_gives_way_to_the_one_before() -> None:
    undone = publication(2, -60, approved=BERT, rolled_back=ANNA)
    assert in_force((FOUND, undone, FROM_AUGUST), NOW) == FOUND
    assert status(undone, (FOUND, undone), NOW) == "rolled back"


def test_a_status_says_where_each_stands() -> None:
    every = (FOUND, SINCE_MAY, FROM_AUGUST, DRAFT)
    assert [status(each, every, NOW) for each in every] == ["superseded", "in force", "approved", "draft"]


@st.composite
def publications(draw: st.DrawFn) -> tuple[Publication, ...]:
    signed = st.none() | st.just(BERT)
    made = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        by = draw(st.none() | st.just(ANNA))
        days = draw(st.integers(-5, 5))
        made.append(publication(number, days, by=by, approved=draw(signed), rolled_back=draw(signed)))
    return tuple(made)


@given(publications(), st.integers(-6, 6))
def test_what_is_in_force_or_will_be_is_approved_and_was_not_rolled_back(
    every: tuple[Publication, ...], days: int
) -> None:
    at = NOW + timedelta(days=days)
    found = in_force(every, at)
    if found is None:
        assert not any(each.counts and each.in_force_from <= at for each in every)
    else:
        assert found.rolled_back is None
        assert found.approved is not None or found.drafted is None
        assert status(found, every, at) == "in force"
    for coming in upcoming(every, at):
        # what a server prepared ahead is what a server that starts then would take
        then = in_force(every, coming.in_force_from)
        same_instant = [each for each in upcoming(every, at) if each.in_force_from == coming.in_force_from]
        assert then == same_instant[-1]


@pytest.mark.parametrize("name", ["Anna Ahn", " anna  ahn ", "ＡＮＮＡ ＡＨＮ"])
def test_whoever_drafted_cannot_approve(name: str) -> None:
    assert same_person("Anna Ahn", name)
    with pytest.raises(PublicationError, match="another person must approve"):
        check_approval(DRAFT, (FOUND, DRAFT), name, NOW)


def test_another_person_can_approve() -> None:
    check_approval(DRAFT, (FOUND, SINCE_MAY, FROM_AUGUST, DRAFT), "Bert Bo", NOW)


@pytest.mark.parametrize("settled", [SINCE_MAY, FOUND, publication(5, approved=BERT, rolled_back=ANNA)])
def test_only_a_draft_can_be_approved(settled: Publication) -> None:
    with pytest.raises(PublicationError, match="waits for no approval"):
        check_approval(settled, (settled,), "Cora Cho", NOW)


def test_what_would_never_come_into_force_is_refused() -> None:
    late = publication(5, -70)
    with pytest.raises(PublicationError, match=r"would never be in force.*later --from"):
        check_approval(late, (SINCE_MAY, late), "Bert Bo", NOW)


def test_two_versions_from_one_instant_are_refused() -> None:
    twin = publication(5, 30)
    with pytest.raises(PublicationError, match="from 2031-07-31T00:00:00"):
        check_approval(twin, (FROM_AUGUST, twin), "Bert Bo", NOW)


@pytest.mark.parametrize("name", ["", "  ", "1234", "...", "a" * 201, "a\x07b"])
def test_a_name_that_names_nobody_is_refused(name: str) -> None:
    with pytest.raises(PublicationError, match="names nobody"):
        check_name(name)


def test_a_name_and_a_note_are_tidied() -> None:
    assert check_name(" 王\t小明 ") == "王 小明"
    assert check_note("the limit\n rises ") == "the limit rises"
    with pytest.raises(PublicationError, match="1001 characters"):
        check_note("x" * 1001)

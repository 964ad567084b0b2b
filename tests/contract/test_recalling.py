"""A recall's list equals the receipts; it cancels, corrects once, and goes on where it was killed."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from recommender.clock import FixedClock
from recommender.errors import InvalidFactError, NotFoundError
from recommender.identifiers import CatalogueVersion, ModelVersion, NeedKey
from recommender.pipeline import Engine
from recommender.policy import PushPolicy
from recommender.receipts import decode
from recommender.stops import Word
from recommender.testing.fakes import FixedScorer, StateVectoriser
from serving.database import decisions
from serving.database.connect import Database
from serving.database.recalls import Because, Listed, Of
from serving.database.stop_tables import recall as recall_rows
from serving.database.stop_tables import recalled
from serving.database.tables import decision, notification, notification_service, outbox
from serving.delivery.recalling import Recalling
from tests.contract.decided import CATALOGUE, decided
from tests.contract.queued import queue
from tests.contract.test_stopping_delivery import delivery

AT = datetime(2031, 3, 5, 9, tzinfo=UTC)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
SAID = Word("Anna Ahn", "console", "the limit was entered wrongly", AT)
FORMER = CatalogueVersion("a" * 64)
SCORES = {NeedKey("birth_allowance"): 0.5, NeedKey("parental_leave"): 0.25}


def engine(version: CatalogueVersion, model: str) -> Engine:
    scorer = FixedScorer(SCORES)
    scorer.version = ModelVersion(model)
    return Engine(replace(CATALOGUE, version=version), scorer, StateVectoriser(), PushPolicy(), "UTC")


def an_hour(database: Database) -> None:
    """Sixty decisions over two catalogues and two models, those of the first forty minutes delivered."""
    for n in range(60):
        at = AT + timedelta(minutes=n)
        chosen = engine(FORMER if n % 2 else CATALOGUE.version, "7" if n % 5 else "8")
        with database.write() as conn:
            decisions.record(conn, decided(f"{n:032x}", at, citizen=f"c{n}", engine=chosen))
        if n == 40:
            delivery(database, FixedClock(at)).step()


def by_receipts(database: Database, of: Of) -> set[tuple[str, str]]:
    """Who was told because of it, by decoding every receipt there is: citizen and decision."""
    told = set()
    with database.read() as conn:
        for row in conn.execute(select(decision)):
            receipt = decode(bytes(row.receipt))
            places = {place for push in receipt.push for place in push.places}
            named = {CATALOGUE.services[place].service_id for place in places}
            about = {
                Because.SERVICE: of.name in named,
                Because.CATALOGUE: receipt.versions.catalogue == of.name,
                Because.MODEL: receipt.versions.model == of.name,
            }
            if receipt.push and about[of.reach] and receipt.request.at >= of.since:
                told.add((receipt.request.citizen_id, receipt.request.decision_id))
    return told


@pytest.mark.parametrize("versions_kept", [True, False])
@pytest.mark.parametrize(
    "of",
    [
        Of(Because.CATALOGUE, FORMER, BEGINNING),
        Of(Because.CATALOGUE, FORMER, AT + timedelta(minutes=30)),
        Of(Because.MODEL, "8", BEGINNING),
        Of(Because.SERVICE, "birth_allowance", BEGINNING),
    ],
    ids=["catalogue", "catalogue since", "model", "service"],
)
def test_the_list_equals_the_receipts(database: Database, of: Of, versions_kept: bool) -> None:
    an_hour(database)
    if not versions_kept:  # as in a database from before a notification kept them
        with database.write() as conn:
            conn.execute(update(notification).values(catalogue=None, model=None))
    desk = Recalling(database, FixedClock(AT + timedelta(hours=2)))
    listed = list(desk.listed(of))
    with database.read() as conn:
        decided_by = dict(conn.execute(select(notification.c.notification_id, notification.c.decision_id)).all())
    expected = by_receipts(database, of)
    assert len(expected) >= 10
    assert {(each.citizen_id, decided_by[each.notification_id]) for each in listed} == expected
    assert len(listed) == len(expected)

    seen: list[Listed] = []
    done = desk.recall(of, SAID, seen.append)
    assert seen == listed
    assert done.corrected == sum(each.told for each in listed) > 0
    assert done.cancelled == sum(not each.told for each in listed) > 0
    assert desk.recall(of, SAID) == (0, 0), "a second one finds nothing"


def test_each_who_was_told_reads_one_correction_and_nothing_cancelled_ever_leaves(database: Database) -> None:
    an_hour(database)
    of = Of(Because.CATALOGUE, FORMER, BEGINNING)
    desk = Recalling(database, FixedClock(AT + timedelta(hours=2)))
    told = {each.notification_id for each in desk.listed(of) if each.told}
    cancelled = {each.notification_id for each in desk.listed(of)} - told
    desk.recall(of, SAID)
    while delivery(database, FixedClock(AT + timedelta(hours=2))).step():
        pass
    with database.read() as conn:
        corrected = conn.execute(select(notification.c.corrects).where(notification.c.corrects.is_not(None))).scalars()
        assert sorted(corrected) == sorted(told)
        shown = set(
            conn.execute(select(notification.c.notification_id).where(notification.c.sequence.is_not(None))).scalars()
        )
        assert not shown & cancelled
        row = conn.execute(select(recall_rows)).one()
        assert (row.begun_by, row.because, row.ended_us is not None) == ("Anna Ahn", SAID.because, True)


KILLED = """
import sys
from tests.contract.test_recalling import AT, BEGINNING, SAID
from recommender.clock import FixedClock
from serving.database.connect import open_database
from serving.database.recalls import Because, Of
from serving.delivery.recalling import Recalling
desk = Recalling(open_database(sys.argv[1]), FixedClock(AT))
desk.recall(Of(Because.SERVICE, "birth_allowance", BEGINNING), SAID, lambda each: print(each, flush=True))
"""


def test_a_recall_that_is_killed_goes_on_and_corrects_nobody_twice(database: Database, database_url: str) -> None:
    queue(database, 3_000, AT)
    with database.write() as conn:
        conn.execute(update(outbox).where(outbox.c.outbox_id % 2 == 0).values(state="delivered"))
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    run = subprocess.Popen(
        [sys.executable, "-c", KILLED, database_url], stdout=subprocess.PIPE, env=environment, text=True
    )
    assert run.stdout is not None
    for _ in range(300):
        run.stdout.readline()
    run.send_signal(signal.SIGKILL)
    run.wait()
    with database.read() as conn:
        half = conn.execute(select(func.count()).select_from(recalled)).scalar_one()
    assert 0 < half < 3_000
    desk = Recalling(database, FixedClock(AT))
    done = desk.recall(Of(Because.SERVICE, "birth_allowance", BEGINNING), SAID)
    assert done == (1_500, 1_500), "the record of the killed run and of this one is one record"
    with database.read() as conn:
        corrections = conn.execute(select(func.count(notification.c.corrects))).scalar_one()
        services = conn.execute(
            select(func.count())
            .select_from(notification.join(notification_service))
            .where(notification.c.corrects.is_not(None))
        ).scalar_one()
        assert (corrections, services) == (1_500, 3_000)
        assert conn.execute(select(func.count()).select_from(recall_rows)).scalar_one() == 1


def test_a_version_is_named_by_how_it_begins_and_a_recall_says_why(database: Database) -> None:
    an_hour(database)
    desk = Recalling(database, FixedClock(AT))
    assert desk.named(Because.CATALOGUE, "aaaa", AT).name == FORMER
    assert desk.named(Because.MODEL, "8", AT).name == "8"
    for reach, name in ((Because.CATALOGUE, "f00"), (Because.CATALOGUE, ""), (Because.MODEL, "9")):
        with pytest.raises(NotFoundError):
            desk.named(reach, name, AT)
    with pytest.raises(InvalidFactError, match="why"):
        desk.recall(Of(Because.MODEL, "8", BEGINNING), replace(SAID, because=" "))

"""A decision replays with the versions of its own time, or the replay says why not: on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from recommender.adapters.yaml_catalogue import version_of
from recommender.catalogue import Catalogue
from recommender.decision import DecisionRequest, LegalGround, Standing, Trigger
from recommender.errors import ModelError, NotFoundError
from recommender.facts import Knowledge, RecordedEvent
from recommender.identifiers import CitizenId, DecisionId, EventType, FactId, ModelVersion, NeedKey
from recommender.instants import to_us
from recommender.pipeline import Engine, Rebuild, recommend
from recommender.policy import PushPolicy
from recommender.ports import Scorer
from recommender.testing.fakes import FixedScorer, StateVectoriser, knowledge_of
from serving.database import catalogues, decisions
from serving.database.connect import Database
from serving.deciding.replaying import Outcome, Replayer
from serving.testing import town
from serving.versions.editions import Editions

AT = datetime(2031, 6, 30, 9, tzinfo=UTC)
OLD, NEW = town.content(), town.content("resident == false")
LOOSE = PushPolicy(per_week=3)
SCORER = FixedScorer({NeedKey("child_born"): 0.4, NeedKey("job_lost"): 0.2})


def engine_of(catalogue: Catalogue, scorer: Scorer, policy: PushPolicy) -> tuple[Engine, Rebuild]:
    def rebuild(citizen_id: CitizenId, as_of: datetime, state: Any, recent: Any) -> Knowledge:
        return knowledge_of(as_of, {"resident": state[0]}, recent=recent, citizen_id=citizen_id)

    return Engine(catalogue, scorer, StateVectoriser(), policy, "UTC"), rebuild


def replayer(
    database: Database, scorer_of: Callable[[ModelVersion], Scorer] = lambda version: SCORER, **more: Any
) -> Replayer:
    restore = more.get("restore", engine_of)
    return Replayer(database, Editions(database, town.catalogue, ("en",)), scorer_of, restore)


def decide(database: Database, number: int, content: bytes = OLD, policy: PushPolicy = town.POLICY) -> DecisionId:
    """Record a decision with that catalogue and policy; even numbers push, odd ones are silences."""
    version, at = version_of(content), AT + timedelta(minutes=number)
    engine, _ = engine_of(town.catalogue(version, content), SCORER, policy)
    born = RecordedEvent(FactId(f"f{number}"), EventType("child_born"), to_us(AT), to_us(AT))
    resident = (number % 2 == 0) == (content == OLD)
    knowledge = knowledge_of(at, {"resident": resident}, recent=[born], citizen_id=f"c{number}")
    request = DecisionRequest(DecisionId(f"{number:032x}"), knowledge.citizen_id, at, Trigger.NIGHTLY)
    decision = recommend(request, knowledge, Standing(LegalGround("law", "Act", False, 0)), engine=engine)
    assert bool(decision.push) == (number % 2 == 0)
    with database.write() as conn:
        catalogues.put_catalogue(conn, version, content, at)
        catalogues.put_policy(conn, policy, at)
        return decisions.record(conn, decision)


def test_decisions_of_several_catalogues_and_policies_replay_to_the_same_bytes(database: Database) -> None:
    made = [decide(database, 4 * i + j, *versions) for i, versions in enumerate(_versions()) for j in range(4)]
    desk = replayer(database)
    done = [desk.replay(decision_id) for decision_id in made]
    assert {each.outcome for each in done} == {Outcome.IDENTICAL}
    assert len({each.versions for each in done}) == 4


def _versions() -> list[tuple[bytes, PushPolicy]]:
    return [(content, policy) for content in (OLD, NEW) for policy in (town.POLICY, LOOSE)]


def test_another_score_is_told_by_service(database: Database) -> None:
    made = decide(database, 2)
    other = FixedScorer({NeedKey("child_born"): 0.75, NeedKey("job_lost"): 0.2})
    done = replayer(database, lambda version: other).replay(made)
    assert done.outcome is Outcome.DIFFERS
    [line] = done.why
    assert line.startswith("candidates[birth_allowance].score: 0.4000")
    assert line.endswith("recomputed 0.75")


def test_what_is_lacking_is_told(database: Database) -> None:
    made = decide(database, 2)

    def gone(version: ModelVersion) -> Scorer:
        raise ModelError(f"version {version} is gone", mend="restore it")

    def surprised(*_: object) -> Any:
        raise ZeroDivisionError("of nobody's doing")

    assert replayer(database, gone).replay(made).why == ("version fixed-1 is gone; restore it",)
    assert replayer(database, restore=surprised).replay(made).why == ("ZeroDivisionError: of nobody's doing",)
    with pytest.raises(NotFoundError):
        replayer(database).replay(DecisionId("nowhere"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("DELETE FROM catalogue", "no catalogue of version"),
        ("UPDATE catalogue SET content = substr(content, 2)", "changed after it was published"),
        ("DELETE FROM push_policy", "no push policy"),
        ("UPDATE push_policy SET content = replace(content, '\"revision\": ', '\"revision\": 9')", "revision 9"),
        ("UPDATE decision SET receipt = substr(receipt, 1, 40)", "damaged"),
    ],
)
def test_what_was_lost_or_changed_in_the_database_is_told(database: Database, change: str, why: str) -> None:
    made = decide(database, 2)
    with database.write() as conn:
        conn.execute(text(change))
    done = replayer(database).replay(made)
    assert done.outcome is Outcome.IMPOSSIBLE
    assert why in done.why[0]


def test_a_sample_is_drawn_without_repeats_and_alike_for_one_seed(database: Database) -> None:
    made = {decide(database, number) for number in range(0, 24, 2)}
    with database.read() as conn:
        assert set(decisions.sample_ids(conn, 100, Random(1))) == made
        drawn = decisions.sample_ids(conn, 5, Random(2))
        assert drawn == decisions.sample_ids(conn, 5, Random(2))
        assert len(set(drawn)) == 5
        assert set(drawn) <= made


def test_a_sample_of_random_ids_is_spread_over_them(database: Database) -> None:
    random = Random(3)
    made = decide(database, 2)
    ids = [f"{random.getrandbits(128):032x}" for _ in range(400)]
    with database.write() as conn:
        copy = (
            "INSERT INTO decision SELECT :id, citizen_id, trigger, first_us, last_us, times, silence, receipt "
            "FROM decision WHERE decision_id = :of"
        )
        for decision_id in ids:
            conn.execute(text(copy), {"id": decision_id, "of": made})
    with database.read() as conn:
        drawn = decisions.sample_ids(conn, 100, Random(4))
    assert len(set(drawn)) == 100
    halves = sum(decision_id < "8" for decision_id in drawn)
    assert 25 <= halves <= 75

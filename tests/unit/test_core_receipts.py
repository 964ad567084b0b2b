"""The receipt: canonical, small, readable, and honest about damage."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import product
from uuid import UUID

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.decision import (
    Assignment,
    Candidate,
    DecisionRequest,
    LegalGround,
    Standing,
    Status,
    Told,
    Trigger,
    Versions,
    Withheld,
)
from recommender.errors import ReceiptError
from recommender.facts import Knowledge, RecordedEvent, Scalar
from recommender.identifiers import (
    CatalogueVersion,
    CitizenId,
    DecisionId,
    EventType,
    FactId,
    ModelVersion,
    NeedKey,
    ServiceId,
)
from recommender.instants import to_us
from recommender.pipeline import Engine, recommend, replay
from recommender.policy import PushPolicy
from recommender.reasons import Wording
from recommender.receipt_parts import read_name, read_number, read_state, write_name, write_number, write_state
from recommender.receipt_reading import readable
from recommender.receipts import Made, decode, encode
from recommender.testing.catalogues import answer_to, catalogue_of, service_of
from recommender.testing.fakes import FixedScorer, StateVectoriser, knowledge_of
from recommender.testing.worlds import rebuild_of

NOW = datetime(2024, 5, 17, 10, 3, 22, 123456, tzinfo=UTC)
LAW = LegalGround("law", "Act on Proactive Services, s. 4", False, 1)
SCHEMA = sha256(b"schema").hexdigest()
RULES = ["age >= 18", "age < 65", "district in ('a', 'b')", "income < 20000", "happened('event_1', within='P1Y')"]
FINITE = st.floats(allow_nan=False, allow_infinity=False)
SCALARS: st.SearchStrategy[Scalar | None] = st.one_of(
    st.none(), st.booleans(), st.text(max_size=5), FINITE, st.integers(0, 10**6).map(lambda h: h * 3.6e9)
)


def a_state(random_: random.Random) -> tuple[Scalar | None, ...]:
    """220 columns, two in three unknown: dates, counts, amounts, yes or no, and categories."""

    def value() -> Scalar | None:
        kind = random_.random()
        if kind < 0.66:
            return None
        if kind < 0.80:
            return float(to_us(NOW.replace(hour=22, minute=0, second=0, microsecond=0))) - 8.64e10 * random_.randrange(
                3000
            )
        if kind < 0.92:
            return float(random_.randrange(60))
        if kind < 0.95:
            return random_.random() * 1000
        return random_.random() < 0.5 if kind < 0.98 else random_.choice(["permanent", "south_district", "employed"])

    return tuple(value() for _ in range(220))


def a_citizen(seed: int) -> Knowledge:
    """A long life: 16 recent events with random identifiers, known at odd microseconds."""
    random_ = random.Random(seed)
    recent = []
    for _ in range(16):
        happened = NOW.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=random_.randrange(1, 800))
        known = happened + timedelta(hours=9, microseconds=random_.randrange(10**10))
        root = FactId(str(UUID(int=random_.getrandbits(128))))
        recent.append(RecordedEvent(root, EventType(f"event_{random_.randrange(14)}"), to_us(happened), to_us(known)))
    citizen = sha256(str(seed).encode()).hexdigest()[:32]
    known_of = knowledge_of(NOW, {"age": 34.0, "district": "a"}, recent=recent, citizen_id=citizen)
    return replace(known_of, state=a_state(random_), schema_digest=SCHEMA)


def an_engine(seed: int) -> Engine:
    """60 services, three criteria each, 24 need keys, 14 event types."""
    random_ = random.Random(seed)
    services = [
        replace(
            service_of(
                f"service_{i:02d}",
                answers=[answer_to(f"event_{i % 14}")],
                rules=random_.sample(RULES, 3) if i % 3 else RULES[:2],
                deadline="P60D" if i % 5 == 0 else None,
                may_be_anticipated=i % 20 == 0,
            ),
            need_key=NeedKey(f"need_{i % 24}"),
        )
        for i in range(60)
    ]
    scores = {NeedKey(f"need_{i}"): random_.random() for i in range(24)}
    scorer = FixedScorer(scores, schema_digest=SCHEMA)
    return Engine(
        catalogue_of(*services), scorer, StateVectoriser(schema_digest=SCHEMA), PushPolicy(), "Europe/Tallinn"
    )


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("trigger", [Trigger.REQUEST, Trigger.FACT])
def test_a_receipt_of_60_candidates_and_220_columns_is_at_most_2_kb(seed: int, trigger: Trigger) -> None:
    engine, knowledge = an_engine(seed), a_citizen(seed)
    told = tuple(
        Told(ServiceId(f"service_{i:02d}"), knowledge.recent[i % 3].root, to_us(NOW - timedelta(days=30 + i % 3)))
        for i in range(8)
    )
    standing = Standing(LAW, told, {ServiceId("service_10"): ("never", to_us(NOW))})
    request = DecisionRequest(
        DecisionId(UUID(int=seed).hex),
        knowledge.citizen_id,
        NOW,
        trigger,
        knowledge.recent[0].root,
        Assignment("letters", "told", 0.5),
    )
    decision = recommend(request, knowledge, standing, engine=engine)
    assert len(decision.candidates) == 60
    assert len(decision.receipt) <= 2048
    assert replay(decision.receipt, engine, rebuild_of(knowledge)) == decision.receipt


def test_the_bytes_are_canonical_cbor() -> None:
    engine, knowledge = an_engine(1), a_citizen(1)
    request = DecisionRequest(DecisionId("d"), knowledge.citizen_id, NOW, Trigger.REQUEST)
    receipt = recommend(request, knowledge, Standing(LAW), engine=engine).receipt
    assert cbor2.dumps(cbor2.loads(receipt), canonical=True) == receipt


def test_the_encoding_of_format_1_does_not_change() -> None:
    """Worked by hand from RFC 8949: a change here would orphan every stored receipt, so it needs a new format."""
    knowledge = knowledge_of(
        datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), {"a": 1.0, "b": None, "c": True}, citizen_id="c"
    )
    candidate = Candidate(
        ServiceId("s"), Status.UNKNOWN, (Status.ELIGIBLE, Status.UNKNOWN), ("b",), 0.5, None, True, 1, Withheld.REQUEST
    )
    request = DecisionRequest(DecisionId("d"), CitizenId("c"), knowledge.as_of, Trigger.REQUEST)
    versions = Versions(CatalogueVersion("cat"), ModelVersion("1"), "p", "ab" * 16)
    wanted = (
        "89 01"
        "86 6164 6163 1a000f4240 00 f6 f6"
        "84 63636174 6131 6170 51 00 abababababababababababababababab"
        "83 03 41 05 82 01 f5"  # three columns, 101, 1 and true
        "82 80 80"
        "84 f5 f6 80 80"
        "80"
        "86 41 71 44 0000003f 03 41 1c 81 00 80"  # unknown 3<<4, held 64, request 1; 0.5; digits 1 3 0; shown: place 0
        "80"
    )
    content = encode(request, versions, knowledge, Standing(None), Made([candidate], ()))
    assert content.hex() == wanted.replace(" ", "")


@given(
    st.one_of(
        st.uuids().map(str), st.uuids().map(lambda u: u.hex), st.text(), st.text("0123456789abcdefAF-", max_size=40)
    )
)
def test_a_name_reads_back_as_written(name: str) -> None:
    assert read_name(write_name(name)) == name


def test_digests_and_uuids_are_stored_as_bytes() -> None:
    assert len(write_name("ab" * 32)) == 33
    assert len(write_name(str(UUID(int=7)))) == 17
    assert write_name("AB" * 32) == "AB" * 32


@given(st.lists(SCALARS, max_size=40).map(tuple))
def test_a_state_reads_back_with_its_types(state: tuple[Scalar | None, ...]) -> None:
    read = read_state(cbor2.loads(cbor2.dumps(write_state(state), canonical=True)))
    assert read == state
    assert [type(value) for value in read] == [type(value) for value in state]


@given(st.one_of(FINITE, st.integers(0, 2**53 - 1).map(float)))
def test_a_number_reads_back_as_the_same_float(value: float) -> None:
    assert read_number(cbor2.loads(cbor2.dumps(write_number(value), canonical=True))) == value


def test_reasons_fit_their_five_bits() -> None:
    assert len(Withheld) <= 31


@pytest.mark.parametrize("held", [False, True])
def test_every_reason_reads_back_whatever_stands_beside_it(held: bool) -> None:
    knowledge = knowledge_of(NOW, {"a": 1.0})
    request = DecisionRequest(DecisionId("d"), knowledge.citizen_id, NOW, Trigger.FACT)
    versions = Versions(CatalogueVersion("cat"), ModelVersion("1"), "p", "ab" * 16)
    made = [
        Candidate(ServiceId(f"s{i}"), status, (), (), 0.5, None, held, None, reason)
        for i, (status, reason) in enumerate(product(Status, [None, *Withheld]))
    ]
    lines = decode(encode(request, versions, knowledge, Standing(None), Made(made, ()))).lines
    assert [(line.status, line.held, line.withheld) for line in lines] == [(c.status, held, c.withheld) for c in made]


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"nonsense", cbor2.dumps([1]), cbor2.dumps([1, *[[]] * 8]), cbor2.dumps(7)]
)
def test_a_damaged_receipt_is_one_clear_error(content: bytes) -> None:
    with pytest.raises(ReceiptError) as caught:
        decode(content)
    assert "\n" not in str(caught.value)


def test_a_receipt_cut_short_is_damaged() -> None:
    engine, knowledge = an_engine(1), a_citizen(1)
    request = DecisionRequest(DecisionId("d"), knowledge.citizen_id, NOW, Trigger.FACT)
    receipt = recommend(request, knowledge, Standing(LAW), engine=engine).receipt
    for length in range(0, len(receipt), 97):
        with pytest.raises(ReceiptError):
            decode(receipt[:length])


def test_a_challenger_in_shadow_is_recorded_and_changes_nothing_else() -> None:
    engine, knowledge = an_engine(4), a_citizen(4)
    request = DecisionRequest(DecisionId("d"), knowledge.citizen_id, NOW, Trigger.FACT)
    alone = recommend(request, knowledge, Standing(LAW), engine=engine)
    other = shadow_of("challenger", {"need_7": 0.75, "need_3": 0.25})
    beside = recommend(request, knowledge, Standing(LAW), engine=engine, shadow=other)
    assert (str(beside.candidates), beside.push) == (str(alone.candidates), alone.push)
    read = decode(beside.receipt)
    assert read.shadow is not None
    given = {engine.catalogue.services[place].need_key: score for place, score in enumerate(read.shadow.scores)}
    assert read.shadow.version == "challenger"
    assert {key: score for key, score in given.items() if score == score} == {"need_7": 0.75, "need_3": 0.25}
    assert str(replace(read, shadow=None)) == str(decode(alone.receipt))
    shown = readable(read, engine.catalogue, wording=Wording())["shadow"]
    assert shown["model"] == "challenger"
    assert shown["scores"]["service_03"] == 0.25


def test_a_replay_needs_the_challenger_that_the_receipt_names() -> None:
    engine, knowledge = an_engine(4), a_citizen(4)
    request = DecisionRequest(DecisionId("d"), knowledge.citizen_id, NOW, Trigger.FACT)
    other, third = (shadow_of(name, {"need_7": 0.75}) for name in ("challenger", "third"))
    alone = recommend(request, knowledge, Standing(LAW), engine=engine).receipt
    beside = recommend(request, knowledge, Standing(LAW), engine=engine, shadow=other).receipt
    rebuild = rebuild_of(knowledge)
    assert replay(beside, engine, rebuild, other) == beside
    for receipt, wrong in ((beside, None), (beside, third), (alone, other)):
        with pytest.raises(ReceiptError, match="challenger"):
            replay(receipt, engine, rebuild, wrong)


def shadow_of(version: str, scores: dict[str, float]) -> FixedScorer:
    named = {NeedKey(key): score for key, score in scores.items()}
    return FixedScorer(named, version=version, schema_digest=SCHEMA)


def test_a_receipt_of_a_later_format_is_not_guessed_at() -> None:
    with pytest.raises(ReceiptError, match="format 2"):
        decode(cbor2.dumps([2, "something else"]))


def test_a_receipt_is_readable_with_names_words_and_laws() -> None:
    engine, knowledge = an_engine(2), a_citizen(2)
    request = DecisionRequest(DecisionId("d"), knowledge.citizen_id, NOW, Trigger.FACT)
    decision = recommend(request, knowledge, Standing(LAW), engine=engine)
    shown = readable(
        decode(decision.receipt), engine.catalogue, columns=[f"c{i}" for i in range(220)], wording=Wording()
    )
    assert shown["decision_id"] == "d"
    assert [line["service_id"] for line in shown["candidates"]] == [c.service_id for c in decision.candidates]
    assert shown["notifications"][0]["services"] == list(decision.push[0].service_ids)
    assert shown["candidates"][1]["criteria"][0]["source"] == "an example"
    assert shown["standing"]["legal_ground"]["words"] == LAW.words
    assert shown["known"] == {f"c{i}": v for i, v in enumerate(knowledge.state) if v is not None}
    assert "recorded" in shown["notifications"][0]["because"]["words"]


def test_a_receipt_read_with_another_catalogue_names_places_only() -> None:
    engine, knowledge = an_engine(2), a_citizen(2)
    request = DecisionRequest(DecisionId("d"), knowledge.citizen_id, NOW, Trigger.FACT)
    receipt = decode(recommend(request, knowledge, Standing(LAW), engine=engine).receipt)
    shown = readable(receipt, an_engine(3).catalogue, wording=Wording())
    assert shown["candidates"][12]["service_id"] == "#12"
    assert shown["candidates"][12]["name"] is None

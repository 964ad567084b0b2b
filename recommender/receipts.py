"""The record of one decision: canonical CBOR (RFC 8949, section 4.2), versioned, facts by value, small.

Everything is arrays in a fixed order; candidates stand in the catalogue's order, so a service is named by its place.
A score is four bytes; status, holding and reason together one; a criterion's result two bits.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import cbor2

from recommender.decision import (
    Assignment,
    Candidate,
    Cause,
    DecisionRequest,
    Mode,
    PlannedNotification,
    Standing,
    Status,
    Trigger,
    Versions,
    Withheld,
)
from recommender.errors import ReceiptError
from recommender.facts import Knowledge, RecordedEvent, Scalar
from recommender.identifiers import CatalogueVersion, CitizenId, DecisionId, EventType, FactId, ModelVersion
from recommender.instants import from_us, to_us
from recommender.receipt_parts import (
    read_causes,
    read_name,
    read_recent,
    read_standing,
    read_state,
    write_causes,
    write_name,
    write_recent,
    write_standing,
    write_state,
)

FORMAT = 1
_STATUSES = (Status.ELIGIBLE, Status.NOT_ELIGIBLE, Status.UNKNOWN)
_STATUS_CODE = {status: code for code, status in enumerate(_STATUSES, start=1)}
_DIGIT = {status: str(code) for status, code in _STATUS_CODE.items()}
_REASONS = (None, *Withheld)  # five bits, by place: a new reason is added at the end
_REASON_FLAG = {reason: code & 15 | (code & 16) << 3 for code, reason in enumerate(_REASONS)}  # the fifth is bit 7
_TRIGGERS = tuple(Trigger)
_MODES = tuple(Mode)
_HELD = 1 << 6
_NO_CAUSE = -1
_MEND = "restore it from the database's backup"


@dataclass(frozen=True, slots=True)
class Line:
    """One candidate of a receipt; `place` is its place in the catalogue of the receipt's version."""

    place: int
    status: Status
    results: tuple[Status, ...]
    score: float
    cause: Cause | None
    held: bool
    rank: int | None
    withheld: Withheld | None


@dataclass(frozen=True, slots=True)
class PushLine:
    """One planned notification of a receipt, its services by place."""

    cause: Cause
    places: tuple[int, ...]
    deadline: datetime | None
    not_before: datetime | None = None


class Shadow(NamedTuple):
    """What a model that decides nothing gave beside the one that decided: per service, in the catalogue's order."""

    version: ModelVersion
    scores: tuple[float, ...]


class Made(NamedTuple):
    """What was made of what was known. `candidates` stand in the catalogue's order."""

    candidates: Sequence[Candidate]
    push: Sequence[PlannedNotification]
    shadow: Shadow | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A decision as recorded: with `state` and `recent` the knowledge it was made from can be rebuilt.

    standing : what the push policy could depend on; what was told earlier and did not matter is left out.
    told     : what the citizen had answered and no register knew.
    disputed : event types of which nothing was known because the citizen said that the record is wrong.
    shadow   : the scores of a challenger, on which nothing depends.
    """

    request: DecisionRequest
    versions: Versions
    state: tuple[Scalar | None, ...]
    recent: tuple[RecordedEvent, ...]
    standing: Standing
    lines: tuple[Line, ...]
    push: tuple[PushLine, ...]
    told: Mapping[str, Scalar] = field(default_factory=dict)
    disputed: frozenset[EventType] = frozenset()
    shadow: Shadow | None = None


def encode(request: DecisionRequest, versions: Versions, knowledge: Knowledge, standing: Standing, made: Made) -> bytes:
    """The canonical bytes: equal decisions give equal bytes."""
    candidates, push, shadow = made
    causes: dict[Cause, int] = {}
    of_lines = [_NO_CAUSE if c.cause is None else causes.setdefault(c.cause, len(causes)) for c in candidates]
    places = {c.service_id: place for place, c in enumerate(candidates)} if push else {}
    pushed = [
        [
            causes.setdefault(each.cause, len(causes)),
            [places[service_id] for service_id in each.service_ids],
            None if each.deadline is None else to_us(each.deadline),
            *([] if each.not_before is None else [to_us(each.not_before)]),
        ]
        for each in push
    ]
    content = [
        FORMAT,
        _write_request(request),
        [write_name(name) for name in (versions.catalogue, versions.model, versions.policy, versions.schema)],
        write_state(knowledge.state),
        write_recent(knowledge.recent),
        write_standing(standing),
        write_causes(causes, knowledge.recent),
        [*_write_lines(candidates), of_lines if causes else []],
        pushed,
    ]
    return cbor2.dumps([*content, *_rarely(knowledge, shadow)], canonical=True)


def decode(content: bytes) -> Receipt:
    """Read a receipt. Raises ReceiptError when it is damaged or of a format this version does not know."""
    try:
        form, *parts = cbor2.loads(content)
    except (cbor2.CBORDecodeError, TypeError, ValueError) as error:
        raise ReceiptError("a receipt is damaged", mend=_MEND) from error
    if form != FORMAT:
        raise ReceiptError(f"a receipt is of format {form!r}, known is {FORMAT}", mend="read it with a newer Herald")
    try:
        request, versions, state, recent, standing, causes, lines, push, *rarely = parts
        told, disputed, shadow = list(rarely) + [[], [], []][len(rarely) :]
        catalogue, model, policy, schema = map(read_name, versions)
        events = read_recent(recent)
        found = read_causes(causes, events)
        return Receipt(
            _read_request(request),
            Versions(CatalogueVersion(catalogue), ModelVersion(model), policy, schema),
            read_state(state),
            events,
            read_standing(standing),
            _read_lines(lines, found),
            tuple(PushLine(found[c], tuple(p), _instant(due), *map(_instant, waits)) for c, p, due, *waits in push),
            dict(told),
            frozenset(map(EventType, disputed)),
            Shadow(ModelVersion(read_name(shadow[0])), _read_scores(shadow[1])) if shadow else None,
        )
    except (TypeError, ValueError, IndexError, struct.error) as error:
        raise ReceiptError("a receipt is damaged", mend=_MEND) from error


def _rarely(knowledge: Knowledge, shadow: Shadow | None) -> list[Any]:
    """The parts that few receipts have; those at the end that are empty are left out."""
    parts = [
        [list(pair) for pair in sorted(knowledge.told.items())],
        sorted(knowledge.disputed),
        [] if shadow is None else [write_name(shadow.version), _write_scores(shadow.scores)],
    ]
    while parts and not parts[-1]:
        parts.pop()
    return parts


def _write_scores(scores: Sequence[float]) -> bytes:
    return struct.pack(f"<{len(scores)}f", *scores)


def _read_scores(written: bytes) -> tuple[float, ...]:
    return tuple(score for (score,) in struct.iter_unpack("<f", written))


def _instant(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)


def _write_request(request: DecisionRequest) -> list[Any]:
    arm = request.assignment
    return [
        write_name(request.decision_id),
        write_name(request.citizen_id),
        to_us(request.at),
        _TRIGGERS.index(request.trigger),
        None if request.fact_id is None else write_name(request.fact_id),
        None if arm == Assignment() else [arm.experiment, arm.arm, arm.probability],
        *([] if request.mode is Mode.PERSONAL else [_MODES.index(request.mode)]),
    ]


def _read_request(written: list[Any]) -> DecisionRequest:
    decision_id, citizen_id, at_us, trigger, fact_id, arm, *mode = written
    return DecisionRequest(
        DecisionId(read_name(decision_id)),
        CitizenId(read_name(citizen_id)),
        from_us(at_us),
        _TRIGGERS[trigger],
        None if fact_id is None else FactId(read_name(fact_id)),
        Assignment() if arm is None else Assignment(*arm),
        _MODES[mode[0]] if mode else Mode.PERSONAL,
    )


def _write_lines(candidates: Sequence[Candidate]) -> list[Any]:
    """How many, flags, scores, results (base 4, 0 ends a service), places of those shown, best first."""
    flags = bytes([_STATUS_CODE[c.status] << 4 | c.held * _HELD | _REASON_FLAG[c.withheld] for c in candidates])
    scores = _write_scores([c.score for c in candidates])
    digits = "".join(["".join([_DIGIT[result] for result in c.results]) + "0" for c in candidates])
    results = int(digits or "0", 4).to_bytes((len(digits) + 3) // 4, "big")
    shown = sorted([(c.rank, place) for place, c in enumerate(candidates) if c.rank is not None])
    return [flags, scores, len(digits), results, [place for _, place in shown]]


def _read_lines(written: list[Any], causes: Sequence[Cause]) -> tuple[Line, ...]:
    flags, scores, length, results, shown, of_lines = written
    number = int.from_bytes(results, "big")
    digits = "".join(str(number >> 2 * i & 3) for i in reversed(range(length)))
    ranks = {place: rank for rank, place in enumerate(shown, start=1)}
    lines = []
    for place, (flag, (score,), codes) in enumerate(
        zip(flags, struct.iter_unpack("<f", scores), digits.split("0")[:-1] if digits else [], strict=True)
    ):
        cause = of_lines[place] if of_lines else _NO_CAUSE
        lines.append(
            Line(
                place,
                _STATUSES[(flag >> 4 & 3) - 1],
                tuple(_STATUSES[int(code) - 1] for code in codes),
                score,
                None if cause == _NO_CAUSE else causes[cause],
                bool(flag & _HELD),
                ranks.get(place),
                _REASONS[flag & 15 | flag >> 3 & 16],
            )
        )
    return tuple(lines)

"""The parts of a receipt, each written and read side by side: identifiers, state, recent events, standing."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, time
from functools import lru_cache
from typing import Any

from recommender.decision import Cause, LegalGround, Standing, Told
from recommender.facts import RecordedEvent, Scalar
from recommender.identifiers import EventType, FactId, ServiceId
from recommender.quiet import Quiet
from recommender.stops import Reach, Stopped

_EXACT = 2.0**53
HOUR_US = 3_600_000_000
_HEX, _UUID = b"\x00", b"\x01"


@lru_cache(maxsize=8_192)
def write_name(name: str) -> str | bytes:
    """A digest or a UUID in lower-case hex as its bytes after one that says which; any other name as text."""
    dashed = len(name) == 36 and name[8] == name[13] == name[18] == name[23] == "-"
    bare = name.replace("-", "") if dashed else name
    short = len(bare) != 32 if dashed else len(bare) < 16
    if short or len(bare) % 2 or not bare.isalnum() or bare != bare.lower():
        return str(name)
    try:
        raw = bytes.fromhex(bare)
    except ValueError:
        return str(name)
    return (_UUID if dashed else _HEX) + raw


def read_name(written: str | bytes) -> str:
    """What `write_name` was given."""
    if isinstance(written, str):
        return written
    return str(uuid.UUID(bytes=written[1:])) if written[:1] == _UUID else written[1:].hex()


def write_state(state: Sequence[Scalar | None]) -> list[Any]:
    """How many columns, a bit for each that is known (first column highest), the known values in order.

    A whole number is an integer and a date its hours (see `write_number`), which read back as the same floats.
    """
    known = "".join(["0" if value is None else "1" for value in state])
    values = [write_number(value) if isinstance(value, float) else value for value in state if value is not None]
    return [len(state), int(known or "0", 2).to_bytes((len(known) + 7) // 8, "big"), values]


def read_state(written: list[Any]) -> tuple[Scalar | None, ...]:
    """What `write_state` was given."""
    columns, known, values = written
    bits = f"{int.from_bytes(known, 'big'):0{columns}b}" if columns else ""
    following = iter(values)
    return tuple(None if bit == "0" else _value(next(following)) for bit in bits)


def write_recent(recent: Sequence[RecordedEvent]) -> list[Any]:
    """The event types once, then root, type, happened and known of each event, flat."""
    types: dict[EventType, int] = {}
    rows: list[Any] = []
    for event in recent:
        kind = types.setdefault(event.event_type, len(types))
        rows += [write_name(event.root), kind, write_number(event.happened_us), write_number(event.known_us)]
    return [list(types), rows]


def read_recent(written: list[Any]) -> tuple[RecordedEvent, ...]:
    """What `write_recent` was given."""
    types, rows = written
    quads = [rows[i : i + 4] for i in range(0, len(rows), 4)]
    return tuple(
        RecordedEvent(
            FactId(read_name(root)), EventType(types[kind]), int(read_number(happened)), int(read_number(known))
        )
        for root, kind, happened, known in quads
    )


def write_causes(causes: Iterable[Cause], recent: Sequence[RecordedEvent]) -> list[Any]:
    """Each cause by its place among the recent events; one that is not among them (a date reached) by value."""
    places = {_event_cause(event): place for place, event in enumerate(recent)}
    return [places.get(c) if c in places else [write_name(c.root), c.happened_us, c.event_type, c.date] for c in causes]


def read_causes(written: list[Any], recent: Sequence[RecordedEvent]) -> tuple[Cause, ...]:
    """What `write_causes` was given."""
    return tuple(_event_cause(recent[w]) if isinstance(w, int) else _other_cause(*w) for w in written)


def _event_cause(event: RecordedEvent) -> Cause:
    return Cause(event.root, event.happened_us, event_type=event.event_type)


def _other_cause(root: str | bytes, happened_us: int, event_type: str | None, date: str | None) -> Cause:
    return Cause(FactId(read_name(root)), happened_us, None if event_type is None else EventType(event_type), date)


def write_standing(standing: Standing) -> list[Any]:
    """Readable, ground, what was told (services by notification), refusals by service; then, where there is either,
    objections, quiet hours, stops and the household. Without them the bytes are those of receipts that knew none."""
    ground = standing.ground
    told: dict[tuple[int, FactId], list[ServiceId]] = {}
    for each in standing.told:
        told.setdefault((each.at_us, each.cause), []).append(each.service_id)
    looked = standing.quiet is not None or standing.objected or standing.stops or standing.household
    more = [_write_more(standing)] if looked else []
    return [
        standing.readable,
        None if ground is None else [ground.kind, ground.words, ground.objected, ground.version],
        [[at_us, write_name(cause), services] for (at_us, cause), services in told.items()],
        [[service_id, kind, at_us] for service_id, (kind, at_us) in sorted(standing.refusals.items())],
        *more,
    ]


def read_standing(written: list[Any]) -> Standing:
    """What `write_standing` was given, services of one notification together."""
    readable, ground, told, refusals, *more = written
    objected, quiet, *rest = more[0] if more else ([], None)
    stops, household = rest + [[], []][len(rest) :]
    return Standing(
        None if ground is None else LegalGround(*ground),
        tuple(
            Told(ServiceId(service), FactId(read_name(cause)), at_us)
            for at_us, cause, services in told
            for service in services
        ),
        {ServiceId(service): (kind, at_us) for service, kind, at_us in refusals},
        readable,
        frozenset(objected),
        None if quiet is None else _read_quiet(*quiet),
        frozenset(Stopped(Reach(reach), name) for reach, name in stops),
        frozenset(map(ServiceId, household)),
    )


def _write_more(standing: Standing) -> list[Any]:
    quiet = standing.quiet
    hours = None
    if quiet is not None:
        clock = [f"{each:%H:%M:%S}" if each.second else f"{each:%H:%M}" for each in (quiet.first, quiet.last)]
        hours = [*clock, quiet.zone, [day.toordinal() for day in quiet.days]]
    stops = [[stop.reach.value, stop.name] for stop in sorted(standing.stops)]
    rest = [stops, sorted(standing.household)] if standing.household else [stops] if stops else []
    return [sorted(standing.objected), hours, *rest]


def _read_quiet(first: str, last: str, zone: str, days: Sequence[int]) -> Quiet:
    return Quiet(time.fromisoformat(first), time.fromisoformat(last), zone, tuple(map(date.fromordinal, days)))


def write_number(value: float) -> float:
    """A whole number as an integer, whole hours of microseconds as -hours: five bytes for a date instead of nine.

    So a negative number is always a float here, and a fraction stays as it is.
    """
    if not 0 <= value < _EXACT or value % 1:
        return float(value)
    hours, rest = divmod(int(value), HOUR_US)
    return -hours if hours and not rest else int(value)


def read_number(written: float) -> float:
    """What `write_number` was given, as a float."""
    return float(-written * HOUR_US if isinstance(written, int) and written < 0 else written)


def _value(written: Scalar) -> Scalar:
    return written if isinstance(written, bool | str) else read_number(written)

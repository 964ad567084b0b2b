"""What a citizen says is wrong is out of every decision until it is settled: unknown, which is not the same as false.

The fact stays on record; only nothing is concluded from it. A dispute that a register settled by correcting its record
goes on holding the old record back until the corrected one has come.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from recommender.facts import Knowledge, RecordedEvent, Scalar
from recommender.identifiers import EventType, FactId


@dataclass(frozen=True, slots=True)
class Disputed:
    """One life event by its root and type, or one attribute with the value that is said to be wrong.

    corrected : the register says that it was wrong; False: nobody has said anything yet.
    """

    raised_us: int
    corrected: bool = False
    root: FactId | None = None
    event_type: EventType | None = None
    attribute: str | None = None
    value: Scalar | None = None


def without(
    knowledge: Knowledge, disputes: Iterable[Disputed], columns: Sequence[str], derived: Mapping[str, str]
) -> Knowledge:
    """The knowledge in which nothing of what is disputed is known.

    columns : names of the state's columns, in order.   derived : attributes worked out of another, with that one.
    Of a disputed event's type no date, number or absence is known any more: the record may be wrong about each.
    """
    held = [dispute for dispute in disputes if _holds(dispute, knowledge)]
    if not held:
        return knowledge
    types = {each.event_type for each in held if each.event_type is not None}
    named = {each.attribute for each in held if each.attribute is not None}
    named |= {name for name, source in derived.items() if source in named}
    roots = {each.root for each in held if each.root is not None}
    state = knowledge.state
    if len(columns) == len(state):
        subjects = {*named, *map(str, types)}
        state = tuple(
            None if column.partition("__")[0] in subjects else value
            for column, value in zip(columns, state, strict=True)
        )
    known = replace(
        knowledge,
        attributes={name: None if name in named else value for name, value in knowledge.attributes.items()},
        recent=tuple(event for event in knowledge.recent if event.root not in roots),
        state=state,
    )
    return uncertain(known, frozenset(types))


def uncertain(knowledge: Knowledge, types: frozenset[EventType]) -> Knowledge:
    """The knowledge in which it is not known whether, when or how often events of these types happened."""
    if not types:
        return knowledge
    return replace(
        knowledge,
        happened={event: dates for event, dates in knowledge.happened.items() if event not in types},
        covered_from_us={event: since for event, since in knowledge.covered_from_us.items() if event not in types},
        disputed=types,
    )


def _holds(dispute: Disputed, knowledge: Knowledge) -> bool:
    """Whether it holds anything back: a corrected one only as long as the record is what it was."""
    if not dispute.corrected:
        return True
    if dispute.attribute is not None:
        return dispute.value is not None and knowledge.attributes.get(dispute.attribute) == dispute.value
    return any(_as_disputed(event, dispute) for event in knowledge.recent)


def _as_disputed(event: RecordedEvent, dispute: Disputed) -> bool:
    return event.root == dispute.root and event.known_us <= dispute.raised_us

"""What a citizen told when asked: it fills in what no register knows, and gives way to any register that does."""

from collections.abc import Mapping
from dataclasses import replace

from recommender.facts import Knowledge, Scalar


def with_told(knowledge: Knowledge, told: Mapping[str, Scalar]) -> Knowledge:
    """The knowledge with the citizen's own answers where a register's value is missing.

    Rules see them; the stored state, from which a model's features are made, does not: models learn and judge by
    registers alone (docs/adr/0075-what-a-citizen-tells.md). `knowledge.told` holds those that were used.
    """
    used = {name: value for name, value in told.items() if _missing(knowledge.attributes.get(name))}
    return replace(knowledge, attributes={**knowledge.attributes, **used}, told=used) if used else knowledge


def _missing(value: Scalar | None) -> bool:
    return value is None or value != value

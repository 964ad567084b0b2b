"""Every opening of one person's record: with a purpose, written down, and listed for that person."""

from collections.abc import Mapping
from typing import Any

from recommender.catalogue import Texts
from recommender.errors import SetupError
from recommender.identifiers import CitizenId
from recommender.instants import from_us
from recommender.reasons import choose
from serving.database import audit
from serving.database.connect import Database

MOST = 1_000
"""Openings that are listed, the latest; all are in the export."""

SHORTEST_PURPOSE = 8

WORDS: Mapping[str, Texts] = {
    audit.RECEIPT: {"en": "The record of one decision was read.", "zh": "查阅了一项决定的记录。"},
    audit.WHY: {"en": "It was asked why you were told or not.", "zh": "查询了告知或未告知您的原因。"},
    audit.EXPLANATION: {
        "en": "Your conditions for one service were looked at.",
        "zh": "查看了您对一项服务的条件。",
    },
    audit.WORKLIST: {
        "en": "A counter read what it is to tell you in person.",
        "zh": "服务窗口查看了需当面告知您的内容。",
    },
    audit.EXPORT: {"en": "All that is held about you was written out.", "zh": "导出了有关您的全部信息。"},
}


def shown(database: Database, citizen_id: CitizenId, language: str) -> list[dict[str, Any]]:
    """The latest openings of the citizen's record, latest first, ready for JSON."""
    with database.read() as conn:
        found = audit.list_opened(conn, citizen_id, MOST)
    return [
        {
            "what": each.what,
            "words": choose(WORDS[each.what], language),
            "by": each.by,
            "purpose": each.purpose,
            "at": from_us(each.at_us).isoformat(),
            "decision_id": each.decision_id,
        }
        for each in found
    ]


def stated(purpose: str, *, option: str = "--purpose") -> str:
    """The purpose as it is kept. Raises SetupError for one that says nothing."""
    said = " ".join(purpose.split())
    if len(said) < SHORTEST_PURPOSE or not said.isprintable():
        raise SetupError(
            "no record of a person is opened without a purpose",
            mend=f'{option} "complaint 31/77": of at least {SHORTEST_PURPOSE} characters',
        )
    return said

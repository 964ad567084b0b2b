"""What citizens answered when asked, versioned: the last word on each attribute counts, the former ones are kept."""

import json
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from recommender.facts import Scalar
from recommender.identifiers import CitizenId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.tables import answer as _answers

_OF = (
    select(_answers.c.attribute, _answers.c.version, _answers.c.value)
    .where(_answers.c.citizen_id == bindparam("citizen_id"))
    .order_by(_answers.c.version)
)


def read_answers(conn: Connection, citizen_id: CitizenId) -> dict[str, Scalar]:
    """The citizen's answers by attribute; what was taken back is not among them."""
    last = {row.attribute: json.loads(row.value) for row in conn.execute(_OF, {"citizen_id": citizen_id})}
    return {name: value for name, value in last.items() if value is not None}


def put_answer(conn: Connection, citizen_id: CitizenId, attribute: str, value: Scalar | None, at: datetime) -> None:
    """Add an answer; None takes the former one back. Saying the same again adds nothing."""
    rows = conn.execute(_OF, {"citizen_id": citizen_id}).all()
    former = [row for row in rows if row.attribute == attribute]
    said = json.dumps(value)
    if former and former[-1].value == said:
        return
    row = {
        "citizen_id": citizen_id,
        "attribute": attribute,
        "version": former[-1].version + 1 if former else 1,
        "value": said,
        "at_us": to_us(at),
    }
    conn.execute(insert(_answers), row)

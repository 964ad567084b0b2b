"""Erases one citizen from every store, and proves it: a certificate with counts, and a search that finds nothing."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.erased import mark_of
from features.erasing import counted, erase_files
from features.searching import found_in
from features.workspace import write_json
from recommender.clock import SystemClock
from recommender.identifiers import CitizenId
from serving.channels.letters_erasing import erase_letters
from serving.commands.at_hand import AtHand
from serving.database import erasing

log = logging.getLogger("herald.erasing")

NOT_YET = ("not searched yet",)
PASSES = 2
"""A server that had the citizen in hand may write once more after the first pass."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was done. erased: rows by store. left: where the citizen is still named; empty is the proof."""

    mark: str
    because: str
    by: str
    at: str
    erased: Mapping[str, int]
    left: tuple[str, ...]

    @property
    def complete(self) -> bool:
        return not self.left

    def json(self) -> dict[str, Any]:
        """Ready for JSON; it names nobody."""
        return {
            "mark": self.mark,
            "because": self.because,
            "by": self.by,
            "at": self.at,
            "erased": dict(self.erased),
            "searched": "every table and every file of the dataset's folder of local state",
            "left": list(self.left),
            "complete": self.complete,
        }


def erase(here: AtHand, citizen_id: CitizenId, because: str, by: str) -> Certificate:
    """Erase, search, certify. Run again after an interruption: it goes on, and counts both runs together.

    The mark comes first, in the database and beside the offline store, so that nothing comes in behind. Raises
    SetupError when a store cannot be written; nothing is certified then.
    """
    clock, place = SystemClock(), here.place
    mark = mark_of(citizen_id, place.features.key())
    with here.database.write() as conn:
        erasing.begin(conn, mark, clock.now())
        former = erasing.certificate_of(conn, mark)
    gone: dict[str, int] = json.loads(former)["erased"] if former else {}
    left: tuple[str, ...] = ()
    for _ in range(PASSES):
        now = erase_files(citizen_id, place.descriptor, place.workspace, place.features)
        gone = counted(gone, now)
        _note(here, Certificate(mark, because, by, clock.now().isoformat(), gone, NOT_YET))
        now = {}
        with here.database.write() as conn:
            now["letters"] = erase_letters(conn, citizen_id)
            now |= {f"table {name}": n for name, n in erasing.erase_rows(conn, citizen_id, clock.now()).items()}
            gone = counted(gone, now)
            draft = Certificate(mark, because, by, clock.now().isoformat(), gone, NOT_YET)
            erasing.certify(conn, mark, json.dumps(draft.json()), None)
        erasing.overwrite(here.database)
        left = _left(here, citizen_id)
        if not left:
            break
    done = Certificate(mark, because, by, clock.now().isoformat(), gone, left)
    with here.database.write() as conn:
        erasing.certify(conn, mark, json.dumps(done.json()), None if left else clock.now())
    write_json(place.workspace.certificates / f"{mark[:16]}.json", done.json())
    log.info("citizen_erased", extra={"mark": mark[:16], "complete": done.complete})
    return done


def _note(here: AtHand, draft: Certificate) -> None:
    """Keep what is done so far, so that a run that finishes it counts it too."""
    with here.database.write() as conn:
        erasing.certify(conn, draft.mark, json.dumps(draft.json()), None)


def _left(here: AtHand, citizen_id: CitizenId) -> tuple[str, ...]:
    with here.database.read() as conn:
        tables = erasing.rows_naming(conn, citizen_id)
    named = [f"table {name}: {rows} rows" for name, rows in tables.items()]
    if here.place.features.online_store == "redis":
        from features.redis_erasing import keys_naming

        keys = keys_naming(here.place.workspace, here.place.features, citizen_id)
        named += [f"online store: {keys} keys"] if keys else []
    return (*named, *(f"file {name}" for name in found_in(here.place.workspace, citizen_id)))

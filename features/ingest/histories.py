"""Tables whose rows are states or events with times: each file becomes one batch of facts, taken as it is."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl

from features.ingest.checking import reject
from features.ingest.drafting import Draft, Pieces
from features.ingest.ledger import Loaded
from features.ingest.loading import Source, Tally, digest_of, facts_of, refuse_many
from features.ingest.reading import ROW, files_of
from features.ingest.repeats import PLACE, judge, prints, prints_of
from features.ingest.rows import kinds_of, schema_of


def load_histories(source: Source, tables: Path, draft: Draft) -> None:
    """Draft every file of a table that was not loaded before."""
    for file in files_of(source.name, source.table, tables):
        digest = digest_of(file)
        former = [line for line in draft.loads_of(source.name) if line.source == digest]
        if not any(_took_all(line, source) for line in former):
            _load(source, Tally(file), draft, digest, again=len(former))


def _load(source: Source, tally: Tally, draft: Draft, digest: str, *, again: int) -> None:
    batch = f"{digest}-{again}"
    written = open_pieces(source, draft, batch)
    own: dict[str, list[pl.DataFrame]] = {kind: [] for kind in written}
    for facts in facts_of(source, tally):
        for kind, frame in facts.items():
            written[kind].add(frame)
            own[kind].append(prints(frame))
    kept = settle(source, tally, draft, written, {kind: pl.concat(parts) for kind, parts in own.items()})
    set_aside(source, tally, draft, again=again)
    line = line_of(source, tally, batch, digest, kept)
    line = replace(line, rejected=0) if again else line
    draft.add(line, {kind: pieces.path for kind, pieces in written.items()}, {})


def open_pieces(source: Source, draft: Draft, batch: str) -> dict[str, Pieces]:
    """A file in the staging folder for each kind of fact."""
    kinds = kinds_of(source.table)
    return {
        kind: Pieces(draft.staging / f"{source.name}-{batch}-{kind}.parquet", schema_of(kind, source.table))
        for kind in kinds
    }


def settle(source: Source, tally: Tally, draft: Draft, written: dict[str, Pieces], own: dict[str, pl.DataFrame]) -> int:
    """Leave out what was said before and, with a reject line, what contradicts it; give the number of facts kept.

    A row that contradicts in one kind of fact is left out of every kind.
    """
    judged = {}
    for kind, pieces in written.items():
        pieces.close()
        known = prints_of(draft.known_files(kind, source.name), list(schema_of(kind, source.table)), own[kind])
        judged[kind] = judge(own[kind], known)
    rows = pl.concat([wrong.select(ROW) for _, wrong in judged.values()]).drop_nulls().unique()
    kept = 0
    for kind, (said, wrong) in judged.items():
        of_rows = own[kind].with_row_index(PLACE).join(rows, on=ROW, how="semi").select(PLACE)
        out = pl.concat([said, wrong.select(PLACE), of_rows]).unique()
        left = written[kind].leave_out(out[PLACE])
        kept += own[kind].height - out.height
        contradicting = left.join(wrong, on=PLACE, how="inner")
        why = "says something else than an earlier row of the same id"
        if contradicting.height:
            tally.rejects.append(reject(contradicting, tally.file.name, "fact_id", "fact_id", why))
    return kept


def set_aside(source: Source, tally: Tally, draft: Draft, *, again: int) -> None:
    """Hand a file's reject lines (but once) and addresses to the draft. Raises TooManyRejectsError."""
    rejects = tally.set_aside()
    if not again:
        draft.rejects.append(rejects)
    draft.contacts += tally.contacts
    refuse_many(rejects, tally.rows, source, tally.file)


def line_of(
    source: Source, tally: Tally, batch: str, digest: str, kept: int, extract: datetime | None = None
) -> Loaded:
    """The record of a file's load."""
    through = source.known_through
    return Loaded(
        table=source.name,
        register=source.table.register_name,
        authority=source.table.authority,
        file=tally.file.name,
        batch=batch,
        source=digest,
        spec=source.spec,
        kinds=tuple(kinds_of(source.table)),
        rows=tally.rows,
        facts=kept,
        rejected=tally.set_aside()["row"].n_unique(),
        later=tally.later,
        through=None if through is None else through.isoformat(),
        extract=None if extract is None else extract.isoformat(),
        erased=tally.erased,
    )


def _took_all(line: Loaded, source: Source) -> bool:
    """Whether an earlier load of the same file took all that this one would."""
    if line.later == 0 or line.through is None:
        return True
    return source.known_through is not None and source.known_through <= datetime.fromisoformat(line.through)

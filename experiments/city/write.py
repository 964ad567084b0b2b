"""The rows as Parquet files: mistakes and their mending added, sorted by known time, the same bytes every time."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from experiments.city import population as people
from experiments.city.parameters import (
    CORRECTED_SHARE,
    EVENTS,
    REGISTER_ROW,
    REGISTERS,
    WITHDRAWN_SHARE,
    Values,
    last_day,
)
from experiments.city.population import State
from experiments.city.registers import DAY_US, EPOCH, NAMES, TABLES, USE_CHANGES, Registers
from experiments.city.services import SERVICES

UTC = pl.Datetime("us", "UTC")
RENAMED = {"marital": "marital_status", "insurance": "insurance_months"}
LEAST_LAG_DAYS, MOST_LAG_DAYS = 10, 60
"""A correction or withdrawal follows its record within these."""
Table = dict[str, Values]


def citizen_ids(size: int) -> pl.Series:
    """The pseudonyms, by row number of the state."""
    return pl.Series("citizen_id", [f"p{number:07d}" for number in range(size)])


def write_tables(
    out: Path, registers: Registers, state: State, months: int, rng: np.random.Generator
) -> dict[str, int]:
    """Write every table into `out` and return the number of rows of each file."""
    out.mkdir(parents=True, exist_ok=True)
    ids = citizen_ids(state.size)
    written = {}
    events = _with_mistakes(registers.events.get(), months, rng)
    for number, register in enumerate(REGISTERS):
        rows = {name: values[REGISTER_ROW[events["kind"]] == number] for name, values in events.items()}
        written[f"{register}_events"] = _events(rows, register, ids)
    written["uses"] = _uses(registers.uses.get(), ids)
    for name in TABLES:
        written[name] = _attributes(name, registers.tables[name].get(), state, ids)
    for name, frame in written.items():
        write(frame, out / f"{name}.parquet")
    return {f"{name}.parquet": frame.height for name, frame in written.items()}


def write(frame: pl.DataFrame, path: Path) -> None:
    """One Parquet file whose bytes depend on the frame alone."""
    frame.write_parquet(path, compression="zstd", row_group_size=262_144)


def _with_mistakes(events: Table, months: int, rng: np.random.Generator) -> Table:
    """Add `root` (-1 or the row that is corrected) and `withdrawn`; shift the first record of what is corrected."""
    size = events["citizen"].size
    end = (last_day(months - 1).toordinal() - EPOCH) * DAY_US
    start = (last_day(-1).toordinal() - EPOCH) * DAY_US
    settled = (events["known"] > start) & (events["known"] < end - (MOST_LAG_DAYS + 3) * DAY_US)
    wrong = np.flatnonzero(settled & (rng.random(size) < CORRECTED_SHARE))
    never = np.flatnonzero(settled & (rng.random(size) < WITHDRAWN_SHARE))
    right = {name: values[wrong] for name, values in events.items()}
    events["happened"][wrong] -= rng.integers(1, 21, wrong.size) * DAY_US
    false = {name: values[never].copy() for name, values in events.items()}
    for number in range(len(REGISTERS)):  # somebody else's event: of the same register, so that it holds them both
        mixed = np.flatnonzero(REGISTER_ROW[false["kind"]] == number)
        false["citizen"][mixed] = rng.permutation(false["citizen"][mixed])
    taken_back = dict(false)
    right["known"] = _later(right["known"], rng)
    taken_back["known"] = _later(taken_back["known"], rng)
    parts = (events, false, right, taken_back)
    joined: Table = {name: np.concatenate([part[name] for part in parts]) for name in events}
    none = np.full(size + never.size, -1)
    joined["root"] = np.concatenate([none, wrong, size + np.arange(never.size)])
    joined["row"] = np.arange(joined["root"].size)
    joined["withdrawn"] = np.arange(joined["root"].size) >= size + never.size + wrong.size
    return joined


def _later(known: Values, rng: np.random.Generator) -> Values:
    """Some weeks later, never after the 27th of a month."""
    late = known + rng.integers(LEAST_LAG_DAYS, MOST_LAG_DAYS, known.size) * DAY_US
    day = (late // DAY_US).astype("datetime64[D]")
    past = (day - day.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) - 26
    result: Values = late - np.maximum(past, 0) * DAY_US
    return result


def _events(rows: Table, register: str, ids: pl.Series) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "citizen_id": ids.gather(rows["citizen"]),
            "event_type": _words(rows["kind"], EVENTS),
            "happened_at": rows["happened"],
            "recorded_at": rows["known"],
            "row": rows["row"],
            "root": rows["root"],
            "withdrawn": rows["withdrawn"],
        }
    )
    fact = pl.format("{}-{}", pl.lit(register), pl.col("row").cast(pl.String).str.zfill(8))
    root = pl.format("{}-{}", pl.lit(register), pl.col("root").cast(pl.String).str.zfill(8))
    return frame.sort("recorded_at", "row").select(
        fact.alias("fact_id"),
        "citizen_id",
        "event_type",
        pl.col("happened_at", "recorded_at").cast(UTC),
        pl.when(pl.col("root") >= 0).then(root).alias("corrects"),
        "withdrawn",
    )


def _uses(rows: Table, ids: pl.Series) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "citizen_id": ids.gather(rows["citizen"]),
            "service_id": _words(rows["service"], tuple(service.id for service in SERVICES)),
            "use": _words(rows["use"], USE_CHANGES),
            "happened_at": rows["happened"],
            "recorded_at": rows["known"],
        }
    )
    ordered = frame.with_row_index("row").sort("recorded_at", "row").drop("row").with_row_index("row")
    fact = pl.format("use-{}", pl.col("row").cast(pl.String).str.zfill(8)).alias("fact_id")
    times = pl.col("happened_at", "recorded_at").cast(UTC)
    return ordered.select(fact, "citizen_id", "service_id", "use", times)


def _attributes(name: str, rows: Table, state: State, ids: pl.Series) -> pl.DataFrame:
    who = rows.pop("citizen")
    columns: dict[str, pl.Series | Values] = {"citizen_id": ids.gather(who)}
    columns["as_of"], columns["recorded_at"] = rows.pop("as_of"), rows.pop("known")
    if name == "residents":
        columns |= _static(state, who)
    for column, values in rows.items():
        columns[RENAMED.get(column, column)] = _words(values, NAMES[column]) if column in NAMES else values
    frame = pl.DataFrame(columns).sort("recorded_at", "citizen_id")
    return frame.with_columns(pl.col("as_of", "recorded_at").cast(UTC))


def _static(state: State, who: Values) -> dict[str, pl.Series | Values]:
    months = np.datetime64("2021-01", "M") + np.stack([state.birth, state.arrival])[:, who].astype("timedelta64[M]")
    days = months.astype("datetime64[D]")
    return {
        "birth_date": pl.Series(days[0] + (state.birth_day[who] - 1).astype("timedelta64[D]")),
        "sex": _words(state.sex[who], people.SEX),
        "ethnic_group": _words(state.ethnic[who], people.ETHNIC_GROUP),
        "resident_since": pl.Series(days[1]),
        "household": _households(state).gather(who),
    }


def _households(state: State) -> pl.Series:
    """With whom each citizen is registered: two married people of one district to a home, everybody else alone.

    It follows from the state without a draw, so that it changes nothing else of the city.
    """
    homes = np.arange(state.size)
    married = np.flatnonzero(state.marital == people.MARRIED)
    married = married[np.argsort(state.district[married], kind="stable")]
    first, second = married[:-1:2], married[1::2]
    together = state.district[first] == state.district[second]
    homes[second[together]] = first[together]
    return pl.Series([f"h{number:07d}" for number in homes])


def _words(codes: Values, names: Mapping[int, str] | tuple[str, ...]) -> pl.Series:
    return pl.Series([names[i] for i in range(len(names))]).gather(codes.astype(np.int64))

"""Labels: did the need occur within the horizon after the decision, as far as was known by a cut?

1 it did, 0 it did not, NaN no label: the citizen was not observed, or held the public service already.
"""

from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from features.descriptor import Descriptor, NeedSpec, Role
from features.facts import read_attributes, read_events, read_uses
from features.workspace import Workspace
from recommender.errors import ModelError
from recommender.facts import UseChange
from training.decision_times import window_end

Labels = npt.NDArray[np.float32]
_STARTS = (UseChange.STARTED, UseChange.SUBMITTED, UseChange.GRANTED)
"""What counts as one use: the first of these that the log of a service ever tells."""


def need_labels(
    workspace: Workspace, descriptor: Descriptor, entities: pl.DataFrame, known_through: datetime
) -> Labels:
    """Labels of each entity and need key, shape (entities, needs), in the descriptor's order of needs.

    entities : citizen_id, as_of; every label window must end by `known_through`, or what is yet to come is called 0.
    Facts known later are not looked at; a fact corrected by then counts as corrected.
    """
    asked = entities.select("citizen_id", "as_of").with_row_index("row")
    ends = {at: window_end(descriptor, at) for at in asked["as_of"].unique()}
    late = [at for at, end in ends.items() if end > known_through]
    if late:
        raise ValueError(f"the label window of {min(late)} ends after {known_through}")
    asked = asked.with_columns(pl.col("as_of").replace_strict(ends, return_dtype=asked.schema["as_of"]).alias("end"))
    events = _believed(read_events(workspace, known_through))
    uses = _believed(read_uses(workspace, known_through))
    columns = [_occurred(asked, _of_need(need, events, uses)) for need in descriptor.needs.values()]
    labels = np.stack(columns, axis=1).astype(np.float32)
    labels[~observed(workspace, descriptor, asked, known_through)] = np.nan
    return labels


def observed(
    workspace: Workspace, descriptor: Descriptor, asked: pl.DataFrame, known_through: datetime
) -> npt.NDArray[np.bool_]:
    """Whether each citizen was observed at `as_of` and throughout, up to `end`; all are where no column says so."""
    whole = np.ones(asked.height, dtype=bool)
    for name, table in descriptor.tables.items():
        if table.column(Role.OBSERVED) is None:
            continue
        told = _believed(read_attributes(workspace, name, known_through)).select("citizen_id", "as_of", "observed")
        told = told.drop_nulls("observed").sort("as_of", maintain_order=True)
        at = asked.sort("as_of").join_asof(
            told.rename({"as_of": "seen"}), left_on="as_of", right_on="seen", by="citizen_id", check_sortedness=False
        )
        whole &= at.sort("row")["observed"].fill_null(False).to_numpy()
        gaps = asked.join(told.filter(~pl.col("observed")), on="citizen_id", suffix="_seen")
        missed = gaps.filter((pl.col("as_of_seen") > pl.col("as_of")) & (pl.col("as_of_seen") <= pl.col("end")))
        whole[missed["row"].to_numpy()] = False
    return whole


def reporting_delay(workspace: Workspace, known_through: datetime, share: float = 0.95) -> timedelta:
    """Within how long after it happened this share of the life events and uses was known.

    A label window that closed more recently than that is still filling up: its zeros are not yet zeros.
    """
    delays = [
        frame.filter(pl.col("fact_id") == pl.col("root")).select(
            (pl.col("known_at") - pl.col("happened_at")).dt.total_microseconds().alias("delay")
        )
        for frame in (read_events(workspace, known_through), read_uses(workspace, known_through))
    ]
    found = pl.concat(delays)["delay"].quantile(share, interpolation="higher")
    return timedelta(microseconds=0 if found is None else max(int(found), 0))


def last_known(workspace: Workspace) -> datetime:
    """The latest known time of any life event or use: how far the registers have told. Raises ModelError."""
    known = [frame["known_at"].max() for frame in (read_events(workspace), read_uses(workspace))]
    found = [at for at in known if isinstance(at, datetime)]
    if not found:
        raise ModelError(
            f"no life event and no use is held in {workspace.root}, so nothing can be learnt",
            mend="ingest a table of events or uses",
        )
    return max(found)


def _of_need(need: NeedSpec, events: pl.DataFrame, uses: pl.DataFrame) -> pl.DataFrame:
    """citizen_id, happened_at of what stands for the need."""
    if need.event is not None:
        return events.filter(pl.col("event_type") == need.event).select("citizen_id", "happened_at")
    of_service = uses.filter(pl.col("service_id") == need.use)
    told = set(of_service["use"].unique())
    start = next((change for change in _STARTS if change in told), UseChange.STARTED)
    return of_service.filter(pl.col("use") == start).select("citizen_id", "happened_at")


def _occurred(asked: pl.DataFrame, happened: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Whether the first occurrence after `as_of` lies within (as_of, end]."""
    following = asked.sort("as_of").join_asof(
        happened.sort("happened_at"),
        left_on="as_of",
        right_on="happened_at",
        by="citizen_id",
        strategy="forward",
        allow_exact_matches=False,
        check_sortedness=False,
    )
    within = following.select("row", (pl.col("happened_at") <= pl.col("end")).fill_null(False).alias("within"))
    found: npt.NDArray[np.bool_] = within.sort("row")["within"].to_numpy()
    return found


def _believed(facts: pl.DataFrame) -> pl.DataFrame:
    return facts.filter(pl.col("superseded_at").is_null())

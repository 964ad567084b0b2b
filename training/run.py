"""One `herald train`: from a workspace to a registered version, and to champion when the gates let it pass."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from features.descriptor import Descriptor
from features.schema import load_schema
from features.workspace import Workspace
from recommender.errors import ModelError
from recommender.instants import after
from training.dataset import Source
from training.decision_times import decision_times, window_end
from training.digests import code_version, digest_of_catalogue, digest_of_descriptor, digest_of_tables, environment
from training.excluded import NOBODY, Excluded, excluded_from
from training.fitting import Fitted, Periods, Progress, first_known, fit
from training.labels import last_known, reporting_delay
from training.models import Recipe
from training.promote import BY_GATES, challenge, promote
from training.registry import Registry, champion_version, told_by
from training.rivals import find_rival
from training.tracking import Record, Registered, register


@dataclass(frozen=True, slots=True)
class Order:
    """What `herald train` was asked. through: facts known later are not looked at; None is all.

    approved_by : who answers for a successor of a champion; nobody: it becomes challenger and waits. The first champion
                  needs the gates alone, or a new dataset could tell nobody anything.
    """

    recipe: Recipe
    rows_at_most: int
    through: datetime | None = None
    promoting: bool = True
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. champion: the version that carries the alias afterwards."""

    fitted: Fitted
    registered: Registered
    champion: str | None
    promoted: bool


def train(
    workspace: Workspace, descriptor: Descriptor, registry: Registry, order: Order, progress: Progress
) -> Outcome:
    """Train, register, and promote what beat the baselines. Raises HeraldError and leaves the champion as it was."""
    left_out = excluded_from(workspace, descriptor)
    source = source_of(workspace, descriptor, order, left_out)
    periods = latest_periods(source, order.through)
    client = registry.open()  # before the minutes of work: a locked database is told at once
    record = record_of(source, order.recipe, periods, left_out)
    with told_by(registry.address):
        rival = find_rival(client, descriptor.dataset)
    fitted = fit(source, periods, order.recipe, about_of(descriptor, record), progress, rival)
    progress("MLflow", 0, 1)
    with told_by(registry.address):
        registered = register(registry, client, fitted, record)
        passed = fitted.verdict.passed
        promoted = passed and order.promoting and (rival is None or bool(order.approved_by.strip()))
        if passed:
            challenge(client, registered.version)
        if promoted:
            promote(client, descriptor.dataset, registered.version, order.approved_by or BY_GATES)
    progress("MLflow", 1, 1)
    return Outcome(fitted, registered, champion_version(client), promoted)


def source_of(workspace: Workspace, descriptor: Descriptor, order: Order, left_out: Excluded) -> Source:
    """Examples of everybody but those left out."""
    schema = load_schema(workspace)
    return Source(workspace, descriptor, schema, order.rows_at_most, order.recipe.seed, left_out.citizens)


def latest_periods(source: Source, through: datetime | None) -> Periods:
    """Validate on the last year of decisions whose label windows are closed and told; train on what closed before.

    A window counts as told when nineteen in twenty facts of its end would have reached the register by now.
    Raises ModelError when the history is shorter than two horizons.
    """
    descriptor, now = source.descriptor, through or last_known(source.workspace)
    told = now - reporting_delay(source.workspace, now)
    times = decision_times(descriptor, first_known(source), told)
    closed = [t for t in times if window_end(descriptor, t) <= told]
    for span in ("P1Y", descriptor.horizon):
        # A year of decisions sees every season; where the history is too short for that, one horizon must do.
        first = next((t for t in closed if after(t, span, descriptor.time_zone) > closed[-1]), None)
        before = [t for t in closed if first and window_end(descriptor, t) <= first]
        if first and before and (span == descriptor.horizon or len(before) >= len(closed) / 3):
            return Periods(first, told)
    raise ModelError(
        f"dataset {descriptor.dataset}: {len(closed)} decision times have a label window of {descriptor.horizon} that "
        f"closed by {told:%Y-%m-%d}, which is too short a history to train on and to validate on",
        mend="ingest a longer history, or set a shorter `horizon` in the descriptor",
    )


def record_of(source: Source, recipe: Recipe, periods: Periods, left_out: Excluded = NOBODY) -> Record:
    """What a run records of its inputs; enough to train it again."""
    descriptor = source.descriptor
    params: dict[str, Any] = {
        **recipe.told(),
        "rows_at_most": source.rows_at_most,
        "horizon": descriptor.horizon,
        "train_through": f"{periods.train_through:%Y-%m-%d}",
        "validate_through": f"{periods.validate_through:%Y-%m-%d}",
        **left_out.told(),
    }
    digests: Mapping[str, Any] = {
        "tables": digest_of_tables(source.workspace),
        "descriptor": digest_of_descriptor(descriptor),
        "schema": source.schema.digest,
        "catalogue": digest_of_catalogue(descriptor),
        "code": code_version(),
        "environment": environment(),
    }
    title = f"{descriptor.dataset} through {periods.validate_through:%Y-%m-%d}"
    order = {
        "recipe": recipe.told(),
        "rows_at_most": source.rows_at_most,
        "train_through": periods.train_through.isoformat(),
        "validate_through": periods.validate_through.isoformat(),
    }
    return Record(descriptor, title, params, digests, order)


def about_of(descriptor: Descriptor, record: Record) -> dict[str, Any]:
    """What goes into scorer.json; nothing of the moment, so that training again gives the same bytes."""
    return {
        "dataset": descriptor.dataset,
        "horizon": descriptor.horizon,
        "label_words": descriptor.label_words,
        "proxies": sorted(need for need, spec in descriptor.needs.items() if spec.proxy),
        # neither the machine nor who objected since, so that the same data, code and seed give the same bytes
        "digests": {name: told for name, told in record.digests.items() if name != "environment"},
        "recipe": dict(record.order),
    }

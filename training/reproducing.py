"""`herald train --reproduce`: train a run again from what it recorded, and say whether the model is the same."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.descriptor import Descriptor
from features.workspace import Workspace
from recommender.errors import ModelError
from training.artifact import digests_of_parts
from training.excluded import excluded_from
from training.fitting import Periods, Progress, fit
from training.models import Recipe
from training.registry import DATASET, Registry, told_by
from training.run import Order, about_of, record_of, source_of
from training.tracking import DIGESTS, MODEL_DIGESTS, ORDER

if TYPE_CHECKING:
    from mlflow import MlflowClient


@dataclass(frozen=True, slots=True)
class Reproduced:
    """What came of it. inputs: what went in and is not what it was; outputs: the parts of the model that differ."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def identical(self) -> bool:
        return set(self.outputs) <= {"about"}

    def lines(self) -> list[str]:
        """For the terminal."""
        found = [f"{name} is not what it was" for name in self.inputs]
        if not self.outputs:
            return [*found, "identical: the same model, byte for byte"]
        if self.identical:
            return [*found, "identical in every score; only what the model says of its making differs, as told above"]
        return [*found, f"the model differs in {', '.join(self.outputs)}"]


def reproduce(
    workspace: Workspace, descriptor: Descriptor, registry: Registry, run_id: str, progress: Progress
) -> Reproduced:
    """Train again what a run trained. Nothing is registered and no alias moves.

    Raises ModelError when there is no such run, it is of another dataset, or it recorded too little.
    """
    client = registry.open()
    with told_by(registry.address):
        order, digests, model = _recorded(client, run_id, descriptor.dataset)
    recipe = Recipe(**order["recipe"])
    left_out = excluded_from(workspace, descriptor)
    source = source_of(workspace, descriptor, Order(recipe, order["rows_at_most"]), left_out)
    periods = Periods(*(datetime.fromisoformat(order[name]) for name in ("train_through", "validate_through")))
    record = record_of(source, recipe, periods, left_out)
    fitted = fit(source, periods, recipe, about_of(descriptor, record), progress)
    now = {**record.digests, "examples": fitted.facts["digest_examples"]}
    return Reproduced(_differing(digests, now), _differing(model, digests_of_parts(fitted.parts)))


def _recorded(
    client: "MlflowClient", run_id: str, dataset: str
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    from mlflow.exceptions import MlflowException

    try:
        run = client.get_run(run_id)
    except MlflowException as error:
        raise ModelError(f"MLflow has no run {run_id}", mend="see the runs in the MLflow UI") from error
    if run.data.tags.get(DATASET) != dataset:
        of = run.data.tags.get(DATASET, "an unknown dataset")
        raise ModelError(f"run {run_id} is of {of}, not of {dataset}", mend="name the descriptor it was trained with")
    try:
        with tempfile.TemporaryDirectory() as room:
            order, digests, model = (_read(client, run_id, name, room) for name in (ORDER, DIGESTS, MODEL_DIGESTS))
    except (MlflowException, OSError, ValueError) as error:
        raise ModelError(
            f"run {run_id} did not record what it takes to train it again", mend="it is of an older version; train anew"
        ) from error
    return order, {**digests, "examples": run.data.params.get("digest_examples", "")}, model


def _read(client: "MlflowClient", run_id: str, name: str, room: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(Path(client.download_artifacts(run_id, name, room)).read_text("utf-8"))
    return content


def _differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """The names whose values are not equal, within mappings too."""
    found: list[str] = []
    for name in sorted({*then, *now}):
        one, other = then.get(name), now.get(name)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            found += [f"{name} {inner}" for inner in _differing(one, other)]
        elif one != other:
            found.append(name)
    return tuple(found)

"""Writes a training into MLflow: parameters, figures, plots, digests, the model, and its version in the registry."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from features.descriptor import Descriptor
from features.vectors import SchemaVectoriser
from training.artifact import digests_of_parts
from training.card import card_of, markdown, page
from training.evaluation import Evaluation
from training.fitting import Fitted
from training.plots import calibration_plot, groups_plot, importance, importance_plot, totals_plot
from training.registry import DATASET, MODEL, REASONS, SCHEMA_DIGEST, VERDICT, Registry, quiet

if TYPE_CHECKING:
    from mlflow import MlflowClient

DIGESTS, ORDER, MODEL_DIGESTS = "digests.json", "order.json", "model_digests.json"
_DESCRIPTION = 4_900
_TAG_LENGTH = 4_900
"""MLflow refuses tags of more than 5,000 characters."""


@dataclass(frozen=True, slots=True)
class Registered:
    """Where a training is found in MLflow."""

    run_id: str
    version: str


@dataclass(frozen=True, slots=True)
class Record:
    """What is written of one training besides what it found. title: name of the run; order: to train it again."""

    descriptor: Descriptor
    title: str
    params: Mapping[str, Any]
    digests: Mapping[str, Any]
    order: Mapping[str, Any]

    @property
    def dataset(self) -> str:
        return self.descriptor.dataset

    @property
    def label_words(self) -> str:
        return self.descriptor.label_words


def register(registry: Registry, client: "MlflowClient", fitted: Fitted, record: Record) -> Registered:
    """Log the run and register its model with the verdict as tags; no alias is moved. No person's row is written."""
    import mlflow

    experiment = registry.experiment(client, f"herald/{record.dataset}")
    with tempfile.TemporaryDirectory() as room, quiet():
        folder = fitted.parts.write(Path(room) / "scorer")
        tags = {DATASET: record.dataset, VERDICT: fitted.verdict.word, "label": record.label_words or "not told"}
        with mlflow.start_run(experiment_id=experiment, run_name=record.title, tags=tags) as run:
            run_id = str(run.info.run_id)
            write_run(client, run_id, fitted, record)
            _log_pictures(client, run_id, fitted, Path(room) / "plots")
            card = card_of(record.descriptor, fitted, record.digests)
            client.log_text(run_id, markdown(card, "plots/"), "model_card.md")
            client.log_text(run_id, page(card, Path(room) / "plots"), "model_card.html")
            logged = _log_model(folder, fitted)
        _make_model(client)
        made = client.create_model_version(
            MODEL,
            source=logged.model_uri,
            run_id=run_id,
            model_id=logged.model_id,
            tags=_tags(fitted, record),
            description=markdown(card)[:_DESCRIPTION],
        )
    return Registered(run_id, str(made.version))


def write_run(client: "MlflowClient", run_id: str, fitted: Fitted, record: Record) -> None:
    """Parameters, figures and tables of one run, in few requests."""
    from mlflow.entities import Metric, Param, RunTag

    told = {**record.params, **{f"digest_{name}": value for name, value in _flat(record.digests).items()}}
    told.update({name: value for name, value in fitted.facts.items() if not isinstance(value, list)})
    params = [Param(name, str(value)[:500]) for name, value in told.items()]
    metrics = [Metric(name, value, 0, 0) for name, value in _metrics(fitted).items() if np.isfinite(value)]
    tags = [RunTag("verdict_reasons", "; ".join(fitted.verdict.reasons)[:_TAG_LENGTH])]
    for start in range(0, len(metrics), 500):
        client.log_batch(run_id, metrics=metrics[start : start + 500])
    client.log_batch(run_id, params=params[:100], tags=tags)
    client.log_dict(run_id, dict(fitted.facts), "periods.json")
    client.log_dict(run_id, dict(record.digests), DIGESTS)
    client.log_dict(run_id, dict(record.order), ORDER)
    client.log_dict(run_id, digests_of_parts(fitted.parts), MODEL_DIGESTS)
    client.log_table(run_id, _need_table(fitted.validation), "needs.json")
    if fitted.groups:
        client.log_table(run_id, _group_table(fitted), "groups.json")


def _metrics(fitted: Fitted) -> dict[str, float]:
    found = {f"validation/{name}": value for name, value in fitted.validation.overall.items()}
    for name, interval in fitted.validation.intervals.items():
        found |= {f"validation/{name}.low": interval.low, f"validation/{name}.high": interval.high}
    for baseline, evaluation in fitted.by_baseline.items():
        found |= {f"{baseline}/{name}": value for name, value in evaluation.overall.items()}
    for need, of_need in fitted.validation.needs.items():
        found |= {f"needs/{_safe(need)}/{name}": float(value) for name, value in asdict(of_need).items()}
    for need, rounds in zip(fitted.parts.need_keys, fitted.forest.rounds, strict=True):
        found[f"needs/{_safe(need)}/rounds"] = float(rounds)
    # MLflow takes letters, digits and a few signs; "@" is none of them.
    return {name.replace("@", "_at_"): value for name, value in found.items()}


def _need_table(evaluation: Evaluation) -> dict[str, list[Any]]:
    rows = [{"need": need, **asdict(of_need)} for need, of_need in evaluation.needs.items()]
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else {})}


def _group_table(fitted: Fitted) -> dict[str, list[Any]]:
    """Groups that are few are left out: their figures would be about persons."""
    shown = [of for of in fitted.groups if of.judged]
    return {
        "group": [of.group for of in shown],
        "people": [of.people for of in shown],
        "map_at_5": [of.map_at_5.value for of in shown],
        "false_silence": [of.false_silence.value for of in shown],
        "ece": [of.ece for of in shown],
    }


def _log_pictures(client: "MlflowClient", run_id: str, fitted: Fitted, room: Path) -> None:
    names = SchemaVectoriser(fitted.parts.schema).feature_names
    needs = fitted.validation.needs
    expected, seen = [n.expected for n in needs.values()], [float(n.seen) for n in needs.values()]
    calibration_plot(*fitted.validated, room / "calibration.png", "validation period, all need keys")
    totals_plot(expected, seen, list(needs), room / "totals.png")
    importance_plot(fitted.forest.gains, names, room / "importance.png")
    shown = [of for of in fitted.groups if of.judged]
    silent = [(of.false_silence.value, of.false_silence.low, of.false_silence.high) for of in shown]
    groups_plot([of.group for of in shown], silent, "false silence, 95% over people", room / "groups.png")
    client.log_artifacts(run_id, str(room), "plots")
    shares = dict(zip(names, map(float, importance(fitted.forest.gains)), strict=True))
    client.log_dict(run_id, dict(sorted(shares.items(), key=lambda pair: -pair[1])), "importance.json")


def _log_model(folder: Path, fitted: Fitted) -> Any:
    import mlflow
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    names = SchemaVectoriser(fitted.parts.schema).feature_names
    signature = ModelSignature(
        inputs=Schema([ColSpec("double", name, required=False) for name in names]),
        outputs=Schema([ColSpec("float", need) for need in fitted.parts.need_keys]),
    )
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    return mlflow.pyfunc.log_model(
        name="needs",
        python_model=str(Path(__file__).with_name("logged_model.py")),
        artifacts={"scorer": str(folder)},
        signature=signature,
        pip_requirements=[f"{name}=={version(name)}" for name in ("lightgbm", "mlflow", "numpy", "pandas")],
        metadata={"schema_digest": fitted.parts.schema.digest},
    )


def _make_model(client: "MlflowClient") -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(MODEL, description="Probability of each need key within the horizon.")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _tags(fitted: Fitted, record: Record) -> dict[str, str]:
    return {
        VERDICT: fitted.verdict.word,
        REASONS: "; ".join(fitted.verdict.reasons)[:_TAG_LENGTH],
        SCHEMA_DIGEST: fitted.parts.schema.digest,
        DATASET: record.dataset,
    }


def _flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in nested.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}_")
        else:
            found[f"{prefix}{name}"] = value if isinstance(value, str) else json.dumps(value)
    return found


def _safe(need: str) -> str:
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "_-. ") else "_" for sign in need)

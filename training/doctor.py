"""`herald doctor`: one line for everything looked at, what to do where it is wrong, and a report in MLflow."""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from features.commands import DescriptorArgument, VarOption, instant, opened

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from features.descriptor import Descriptor
    from features.workspace import Workspace
    from training.registry import Registry
    from training.watching import Drift, Finding


def doctor(
    descriptor: DescriptorArgument,
    at: Annotated[str | None, typer.Option(help="Look as of this time (ISO 8601); else of the newest fact.")] = None,
    var: VarOption = None,
) -> None:
    """Say what is stale or broken and how to mend it; exit code 1 when anything is."""
    console = Console()
    loaded, workspace = opened(descriptor, var)
    findings = examine(loaded, workspace, instant(at, "--at", loaded.zone))
    for finding in findings:
        console.print(finding.line, highlight=False, soft_wrap=True, markup=False)
    if any(finding.mend for finding in findings):
        raise typer.Exit(1)


def examine(descriptor: "Descriptor", workspace: "Workspace", at: datetime | None) -> "list[Finding]":
    """Everything that can be looked at, in order; the drift is logged as a run of its own."""
    from features.schema import load_schema
    from recommender.adapters.settings import read_settings
    from training.dataset import Source
    from training.excluded import excluded_from
    from training.labels import last_known
    from training.registry import registry_of, told_by
    from training.rivals import find_rival
    from training.settings import TrainingSettings
    from training.watching import Finding, champion_fit, drift_since, drifted, promises_kept, registers_fresh

    left_out = excluded_from(workspace, descriptor).citizens
    source = Source(workspace, descriptor, load_schema(workspace), excluded=left_out)
    now = at or last_known(workspace)
    findings = registers_fresh(source, now)
    online = workspace.online_db.is_file()
    findings.append(Finding("features are online" if online else "no features online", "" if online else _MATERIALISE))
    registry = registry_of(workspace, read_settings(TrainingSettings).mlflow_uri)
    if registry.file is not None and not registry.file.is_file():
        return [*findings, Finding("nothing was trained yet", "run `herald train DESCRIPTOR`")]
    client = registry.open()
    with told_by(registry.address):
        rival = find_rival(client, descriptor.dataset)
        findings += champion_fit(source, client, rival, now)
        if rival is not None:
            drift = drift_since(source, rival, now)
            findings += [*drifted(drift), promises_kept(source, rival, now)]
            _report(client, registry, descriptor, drift, findings)
    return findings


_MATERIALISE = "run `herald materialise DESCRIPTOR` (a Redis store is not looked at)"


def _report(
    client: "MlflowClient", registry: "Registry", descriptor: "Descriptor", drift: "Drift", findings: "list[Finding]"
) -> None:
    import mlflow

    from training.plots import drift_plot
    from training.registry import quiet

    experiment = registry.experiment(client, f"herald/{descriptor.dataset}/watch")
    with tempfile.TemporaryDirectory() as room, quiet(), mlflow.start_run(experiment_id=experiment) as run:
        for what, shifts in (("features", drift.features), ("scores", drift.scores)):
            drift_plot(shifts, f"PSI of {what} since the champion learnt", Path(room) / f"{what}.png")
            client.log_metric(run.info.run_id, f"psi/{what}/greatest", shifts[0].psi if shifts else 0.0)
        client.log_metric(run.info.run_id, "findings/wrong", float(sum(bool(each.mend) for each in findings)))
        client.log_text(run.info.run_id, "\n".join(each.line for each in findings), "findings.txt")
        client.log_artifacts(run.info.run_id, room, "plots")

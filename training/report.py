"""What the terminal shows of a training."""

from rich.table import Table

from training.fitting import Fitted
from training.registry import CHALLENGER, CHAMPION, MODEL, Registry
from training.run import Outcome

_NONE_YET = f"there is no {CHAMPION} yet"
_SHOWN = ("map@5", "ndcg@5", "recall@3", "log_loss", "brier_skill", "ece")


def figures_table(fitted: Fitted, label_words: str) -> Table:
    """The model beside its baselines on the validation period; what a label means stands below."""
    times = ", ".join(fitted.facts["validate_times"])
    table = Table(title=f"Validation: decided {times}", caption=f"Label: {label_words}" if label_words else None)
    table.add_column("")
    for name in _SHOWN:
        table.add_column(name, justify="right")
    table.add_row("model", *(f"{fitted.validation.overall[name]:.4f}" for name in _SHOWN), style="bold")
    for baseline, evaluation in fitted.by_baseline.items():
        table.add_row(baseline, *(f"{evaluation.overall[name]:.4f}" for name in _SHOWN))
    return table


def summary(outcome: Outcome, registry: Registry) -> list[str]:
    """What became of the version, and where to look further."""
    version, verdict = outcome.registered.version, outcome.fitted.verdict
    lines = [f"version {version} of {MODEL}: {verdict.word}"]
    if not verdict.passed:
        lines += [f"  {reason}" for reason in verdict.reasons[: verdict.refusals]]
    if outcome.promoted:
        lines.append(f"it is {CHAMPION} now; servers take it up without a restart")
    elif verdict.passed:
        lines.append(f"it is {CHALLENGER}: `herald promote DESCRIPTOR {version} --approve NAME` makes it {CHAMPION}")
        lines.append(f"{CHAMPION} is version {outcome.champion}, as before" if outcome.champion else _NONE_YET)
    elif outcome.champion:
        lines.append(f"{CHAMPION} is version {outcome.champion}, as before")
    else:
        lines.append(_NONE_YET)
    lines.append(f"look at it: mlflow ui --backend-store-uri {registry.address}")
    return lines

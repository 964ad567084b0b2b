"""The model card: what a version is for, what it learnt from, how good it is, for whom it is worse, what it cannot do.

Markdown for the registry, and one HTML page with its pictures inside for whoever has to approve it.
"""

import base64
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.descriptor import Descriptor
from training.fairness import LEAST_NEEDS, LEAST_PEOPLE
from training.fitting import Fitted

_SHOWN = ("map@5", "ndcg@5", "recall@3", "log_loss", "brier_skill", "ece")
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto}"
    "td,th{padding:.2em .7em;text-align:left}img{max-width:100%}"
)

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Part:
    """One section: paragraphs, then a table (its first row the head), then pictures by file name."""

    title: str
    words: tuple[str, ...] = ()
    table: tuple[Row, ...] = ()
    pictures: tuple[str, ...] = ()


def card_of(descriptor: Descriptor, fitted: Fitted, digests: Mapping[str, Any]) -> tuple[Part, ...]:
    """The card's sections. Figures are of groups of people, never of one: groups that are few are not shown."""
    return (
        Part(f"Needs of {descriptor.title or descriptor.dataset}", _purpose(descriptor)),
        Part("Data", _data(descriptor, fitted), _pairs({**_flat(digests)})),
        Part("Verdict", (f"**{fitted.verdict.word}**", *fitted.verdict.reasons)),
        Part("Figures", (f"Validation: decided {', '.join(fitted.facts['validate_times'])}.",), _figures(fitted)),
        Part("Need by need", (), _needs(fitted), ("calibration.png", "totals.png")),
        Part("Groups", (_groups_words(),), _groups(fitted), ("groups.png",) if fitted.groups else ()),
        Part("What it looks at", (f"Most telling alone: {fitted.facts['most_telling']}.",), (), ("importance.png",)),
        Part("Limits", _limits(descriptor)),
    )


def markdown(parts: Sequence[Part], pictures: str = "") -> str:
    """pictures: the folder before each picture's name; empty: pictures are left out."""
    lines: list[str] = []
    for place, part in enumerate(parts):
        lines += [f"{'#' if place == 0 else '##'} {part.title}", ""]
        lines += [line for words in part.words for line in (words, "")]
        for number, row in enumerate(part.table):
            lines.append("| " + " | ".join(row) + " |")
            if number == 0:
                lines.append("|" + "---|" * len(row))
        lines += [""] if part.table else []
        lines += [f"![{name}]({pictures}{name})\n" for name in part.pictures if pictures]
    return "\n".join(lines)


def page(parts: Sequence[Part], folder: Path) -> str:
    """HTML that needs no other file. folder: where the pictures lie."""
    body: list[str] = []
    for place, part in enumerate(parts):
        body.append(f"<h{1 + (place > 0)}>{html.escape(part.title)}</h{1 + (place > 0)}>")
        body += [f"<p>{html.escape(words.replace('**', ''))}</p>" for words in part.words]
        for number, row in enumerate(part.table):
            cell = "th" if number == 0 else "td"
            cells = "".join(f"<{cell}>{html.escape(value)}</{cell}>" for value in row)
            body.append(("<table>" if number == 0 else "") + f"<tr>{cells}</tr>")
        body += ["</table>"] if part.table else []
        for name in part.pictures:
            data = base64.b64encode((folder / name).read_bytes()).decode()
            body.append(f'<img alt="{html.escape(name)}" src="data:image/png;base64,{data}">')
    title = html.escape(parts[0].title)
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(body)}</body></html>'


def _purpose(descriptor: Descriptor) -> tuple[str, ...]:
    return (
        f"Orders public services for one citizen by the probability that each need arises within {descriptor.horizon}. "
        "It decides no eligibility, silences nothing that a recorded fact calls for, and is not for checking on, "
        "ending or sanctioning anything.",
        f"A label means: {descriptor.label_words or 'not told by the descriptor'}.",
    )


def _data(descriptor: Descriptor, fitted: Fitted) -> tuple[str, ...]:
    facts = fitted.facts
    tables = ", ".join(f"{name} ({table.authority})" for name, table in descriptor.tables.items())
    hidden = ", ".join(sorted(descriptor.hidden)) or "none"
    return (
        f"{facts['train_rows']:,} examples of {facts['train_people']:,} people, decided {facts['train_times'][0]} to "
        f"{facts['train_times'][-1]}; {facts['validate_rows']:,} to validate. Tables: {tables}.",
        f"Protected and sensitive, never looked at: {hidden}. In no row: who objects to profiling or disputes a fact.",
    )


def _figures(fitted: Fitted) -> tuple[Row, ...]:
    rows: list[Row] = [("", *_SHOWN)]
    told = []
    for name in _SHOWN:
        value, interval = fitted.validation.overall[name], fitted.validation.intervals.get(name)
        told.append(f"{value:.4f}" + (f" ({interval.low:.4f} to {interval.high:.4f})" if interval else ""))
    rows.append(("model (95% over people)", *told))
    for name, evaluation in fitted.by_baseline.items():
        rows.append((name, *(f"{evaluation.overall[figure]:.4f}" for figure in _SHOWN)))
    return tuple(rows)


def _needs(fitted: Fitted) -> tuple[Row, ...]:
    head = ("need key", "occurred", "expected", "log loss", "Brier skill", "ECE")
    rows = [
        (need, str(of.seen), f"{of.expected:.0f}", f"{of.log_loss:.4f}", f"{of.brier_skill:.3f}", f"{of.ece:.4f}")
        for need, of in fitted.validation.needs.items()
    ]
    return (head, *rows)


def _groups_words() -> str:
    return (
        "False silence: of the needs that arose, the share that did not stand among the first of the list. Groups of "
        f"fewer than {LEAST_PEOPLE} people or {LEAST_NEEDS} needs are neither judged nor shown."
    )


def _groups(fitted: Fitted) -> tuple[Row, ...]:
    head = ("group", "people", "MAP@5 (95%)", "false silence (95%)", "ECE")
    rows = []
    for of in fitted.groups:
        if of.judged:
            ranked, silent = of.map_at_5, of.false_silence
            first = f"{ranked.value:.3f} ({ranked.low:.3f} to {ranked.high:.3f})"
            second = f"{silent.value:.3f} ({silent.low:.3f} to {silent.high:.3f})"
            rows.append((of.group, f"{of.people:,}", first, second, f"{of.ece:.4f}"))
    return (head, *rows)


def _limits(descriptor: Descriptor) -> tuple[str, ...]:
    proxies = sorted(need for need, spec in descriptor.needs.items() if spec.proxy)
    told = [
        "It knows what the registers told by the decision time, no sooner than they tell it.",
        "A need key that hardly ever occurred has little more than its rate; a new one needs a training.",
        "Equal ranking quality between groups is not equal reach: see the operator's figures of who was told.",
    ]
    if proxies:
        told.append(f"A proxy stands for the need of {', '.join(proxies)}.")
    return tuple(told)


def _pairs(told: Mapping[str, str]) -> tuple[Row, ...]:
    return (("made of", "digest or version"), *((name, value) for name, value in told.items()))


def _flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in nested.items():
        inner = value if isinstance(value, Mapping) else None
        found |= _flat(inner, f"{prefix}{name} ") if inner is not None else {f"{prefix}{name}": str(value)}
    return found

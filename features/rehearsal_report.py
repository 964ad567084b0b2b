"""A rehearsal as a table, as JSON and as a picture. Groups of fewer than ten people are not told apart."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from features.rehearsal import Effect, Rehearsal
from recommender.decision import Status
from recommender.errors import SetupError

FEWEST = 10
"""A count of fewer people than this, and more than none, is shown as fewer."""

_GAINED, _LOST, _UNKNOWN = "#2a7f62", "#b5483a", "#8a8f98"


def table_of(found: Rehearsal) -> Table:
    """Per changed service who gains, loses and becomes unknown, by group, and what would be told."""
    table = Table(title=f"{found.people:,} people as of {found.as_of:%Y-%m-%d}; nothing was sent", title_justify="left")
    table.add_column("service")
    for heading in ("become eligible", "lose", "become unknown", "told at once", "told a day after"):
        table.add_column(heading, justify="right")
    for service_id, effect in _changed(found):
        day = f"{effect.events / 90:.1f}" if effect.events >= FEWEST else "-"
        table.add_row(service_id, *_counts(effect), _few(effect.at_once), day)
        for (name, value), counts in sorted(effect.groups.items()):
            group = Effect(changes=counts)
            table.add_row(f"  [dim]{name} {value}[/dim]", *_counts(group), "", "")
    table.caption = (
        f"{_few(found.notified_at_once)} people would be notified at once (one notification each), then about "
        f"{found.a_day:.1f} notifications a day, before caps"
    )
    return table


def json_of(found: Rehearsal) -> dict[str, Any]:
    """The same for programs; small counts are None."""
    return {
        "as_of": found.as_of.isoformat(),
        "people": found.people,
        "notified_at_once": _number(found.notified_at_once),
        "notifications_a_day": round(found.a_day, 2),
        "services": {
            service_id: {
                **_numbers(effect),
                "told_at_once": _number(effect.at_once),
                "groups": {
                    f"{name}={value}": _numbers(Effect(changes=counts))
                    for (name, value), counts in sorted(effect.groups.items())
                },
            }
            for service_id, effect in _changed(found)
        },
    }


def picture_of(found: Rehearsal, file: Path) -> Path:
    """Bars to the right for those who gain, to the left for those who lose, grey for those who become unknown."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    changed = _changed(found)
    figure = Figure(figsize=(9, 1.4 + 0.4 * max(len(changed), 1)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    rows = list(range(len(changed)))
    gained = [_shown(effect.count(gains=True)) for _, effect in changed]
    lost = [-_shown(effect.count(loses=True)) for _, effect in changed]
    unknown = [_shown(effect.count(unknown=True)) for _, effect in changed]
    axes.barh(rows, gained, color=_GAINED, label="become eligible")
    axes.barh(rows, lost, color=_LOST, label="lose")
    axes.barh(rows, unknown, left=gained, color=_UNKNOWN, label="become unknown")
    axes.set_yticks(rows, [service_id for service_id, _ in changed])
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set(xlabel=f"people, of {found.people:,}", title=f"Rehearsal as of {found.as_of:%Y-%m-%d}")
    axes.legend(loc="best", frameon=False)
    try:
        figure.savefig(file)
    except (OSError, ValueError) as error:
        raise SetupError(f"{file} cannot be written ({error})", mend="name a .svg or .png file in a folder") from error
    return file


def _changed(found: Rehearsal) -> Sequence[tuple[str, Effect]]:
    """Services of which anybody's status changes, those with the most changes first."""
    moved = {
        service_id: sum(number for (before, after), number in effect.changes.items() if before is not after)
        for service_id, effect in found.effects.items()
    }
    return [(name, found.effects[name]) for name in sorted(moved, key=lambda name: (-moved[name], name)) if moved[name]]


def _counts(effect: Effect) -> tuple[str, str, str]:
    gains, loses, unknown = effect.count(gains=True), effect.count(loses=True), effect.count(unknown=True)
    return _few(gains), _few(loses), _few(unknown)


def _numbers(effect: Effect) -> dict[str, int | None]:
    return {
        "become_eligible": _number(effect.count(gains=True)),
        "lose": _number(effect.count(loses=True)),
        "become_unknown": _number(effect.count(unknown=True)),
        "eligible_after": _number(sum(n for (_, after), n in effect.changes.items() if after is Status.ELIGIBLE)),
    }


def _few(number: int) -> str:
    return f"< {FEWEST}" if 0 < number < FEWEST else f"{number:,}"


def _number(number: int) -> int | None:
    return None if 0 < number < FEWEST else number


def _shown(number: int) -> int:
    return 0 if number < FEWEST else number

"""`herald catalogue publish`, `approve`, `rollback` and `versions`: imports wait until a command runs."""

from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from recommender.errors import SetupError

if TYPE_CHECKING:
    from recommender.adapters.catalogue_changes import Changes
    from recommender.publication import Publication, Signature

DescriptorFile = Annotated[Path, typer.Argument(help="the dataset's descriptor, as given to `herald ingest`")]
Var = Annotated[Path | None, typer.Option(help="folder of local state; default: the setting HERALD_FEATURES_VAR")]
Person = Annotated[str, typer.Option(help="your name; kept beside the account that runs this command")]
SHORT = 12
"""Signs of a version that are shown; as many are enough to name it."""


def publish(
    descriptor: DescriptorFile,
    by: Person,
    since: Annotated[str, typer.Option("--from", help="day or instant (ISO 8601) from which it is in force")],
    folder: Annotated[Path | None, typer.Argument(help="the catalogue; default: the descriptor's own")] = None,
    note: Annotated[str, typer.Option(help="why, for whoever approves it and for auditors")] = "",
    var: Var = None,
) -> None:
    """Draft a version of the catalogue; it comes into force after another person's approval."""
    from features.commands import instant
    from serving.versions.publishing import publishing

    with publishing(descriptor, var) as desk:
        at = instant(since, "--from", desk.zone)
        if at is None:
            raise SetupError("--from is needed", mend="as in 2031-07-01")
        draft, changed = desk.draft(folder, at, by, note)
        _say(f"version {draft.version[:SHORT]} is drafted, to be in force from {_local(draft, desk.zone)}")
    _changed(changed)
    _say("another person approves it:")
    _say(f"    herald catalogue approve {descriptor} {draft.version[:SHORT]} --by NAME")


def approve(
    descriptor: DescriptorFile,
    version: Annotated[str, typer.Argument(help="the draft's version, or how it begins")],
    by: Person,
    var: Var = None,
) -> None:
    """Approve a draft that another person made; running servers take it at its instant, without a restart."""
    from serving.versions.publishing import account, publishing

    with publishing(descriptor, var) as desk:
        draft, changed = desk.approve(version, by)
        _say(f"version {draft.version[:SHORT]} is approved, in force from {_local(draft, desk.zone)}")
    _changed(changed)
    if draft.drafted is not None and draft.drafted.account == account():
        _say(f"note: the account {account()} drafted it too; that you are two persons is taken from the names")


def rollback(
    descriptor: DescriptorFile,
    by: Person,
    note: Annotated[str, typer.Option(help="why")],
    version: Annotated[str | None, typer.Argument(help="a version, or how it begins; default: that in force")] = None,
    var: Var = None,
) -> None:
    """Go back to the version before, within about a second; or withdraw a draft, or one approved for later."""
    from serving.versions.publishing import publishing

    with publishing(descriptor, var) as desk:
        gone, now = desk.roll_back(version, by, note)
    _say(f"version {gone.version[:SHORT]} is rolled back")
    if now is not None:
        _say(f"in force now: version {now.version[:SHORT]}, {_by(now)}")


def versions(descriptor: DescriptorFile, var: Var = None) -> None:
    """The versions of the catalogue: who drafted and approved them, since when they are in force."""
    from rich.markup import escape
    from rich.table import Table

    from serving.versions.publishing import publishing

    with publishing(descriptor, var) as desk:
        listed = desk.listed()
        table = Table("version", "status", "in force from", "drafted by", "approved by", "note")
        table.columns[0].no_wrap = True
        for one, state in listed:
            since = "" if one.drafted is None else _local(one, desk.zone)
            note = "; ".join(filter(None, (one.note, _undone(one))))
            signed = (_signed(one.drafted) or "from the descriptor", _signed(one.approved))
            table.add_row(one.version[:SHORT], state, since, *map(escape, (*signed, note)))
    if not listed:
        _say("no version is on record yet: a server writes the descriptor's own down when it starts")
        return
    Console().print(table)


def _say(line: str) -> None:
    Console().print(line, highlight=False, markup=False, soft_wrap=True)


def _changed(changed: "Changes") -> None:
    _say("against the version in force:")
    for line in changed.lines():
        _say(f"    {line}")


def _local(one: "Publication", zone: tzinfo) -> str:
    at: datetime = one.in_force_from.astimezone(zone)
    return at.isoformat(sep=" ", timespec="minutes" if not (at.second or at.microsecond) else "auto")


def _signed(signature: "Signature | None") -> str:
    return "" if signature is None else f"{signature.name} ({signature.account}, {signature.at:%Y-%m-%d %H:%M} UTC)"


def _undone(one: "Publication") -> str:
    if one.rolled_back is None:
        return ""
    why = f": {one.rolled_back_note}" if one.rolled_back_note else ""
    return f"rolled back by {_signed(one.rolled_back)}{why}"


def _by(one: "Publication") -> str:
    return "from the descriptor" if one.drafted is None else f"approved by {_signed(one.approved)}"

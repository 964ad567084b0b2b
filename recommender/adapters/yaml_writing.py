"""The way back: forms of a catalogue to YAML files, in the fields' own order, without what is left at its default."""

import ctypes
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from recommender.adapters.yaml_catalogue import SHARED, Written, read_catalogue
from recommender.adapters.yaml_forms import Form, SeasonForm, ServiceForm, SharedForm
from recommender.disk import room_for
from recommender.errors import CatalogueError

WIDTH = 120
REPORT = "report.json"
"""What an import says of itself lies beside the files that it wrote."""


def text_of(form: Form) -> str:
    """One file's text; `read_form` gives the same form back."""
    return yaml.dump(
        plain(form), Dumper=_Plainly, allow_unicode=True, sort_keys=False, default_flow_style=None, width=WIDTH
    )


def plain(value: object) -> Any:
    """What YAML can hold: mappings, lists, text, numbers, days. A form keeps its order and drops its defaults."""
    match value:
        case SeasonForm():
            return {"from": "{:02}-{:02}".format(*value.first), "to": "{:02}-{:02}".format(*value.last)}
        case Form():
            return _fields(value)
        case Enum():
            return value.value
        case Mapping():
            return {plain(key): plain(held) for key, held in value.items()}
        case list() | tuple():
            return [plain(part) for part in value]
        case set() | frozenset():
            return sorted(map(plain, value))
        case _:
            return value


def write_files(folder: Path, services: Iterable[ServiceForm], shared: SharedForm) -> None:
    """`<id>.yaml` per service, and `_catalogue.yaml` where anything is shared, into a folder that exists."""
    for form in services:
        (folder / f"{form.id}.yaml").write_text(text_of(form), encoding="utf-8", newline="\n")
    if shared != SharedForm():
        (folder / SHARED).write_text(text_of(shared), encoding="utf-8", newline="\n")


def write_catalogue(
    folder: Path, written: Written, *, force: bool = False, beside: Mapping[str, str] | None = None
) -> None:
    """The catalogue lies in `folder`, whole; where anything fails the folder is as it was.

    force  : whether an earlier catalogue there may be replaced; a folder that holds anything else never is.
    beside : further files by name, such as the report of an import.

    Written into a folder beside it and moved there at the end. Raises CatalogueError when the folder is taken,
    WorkspaceError when the disk is full or refuses.
    """
    check_free(folder, force=force)
    with room_for(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.partial-", dir=folder.parent))
        try:
            write_files(partial, (form for _, form in written.services), written.shared)
            for name, text in (beside or {}).items():
                (partial / name).write_text(text, encoding="utf-8", newline="\n")
            partial.chmod(0o755)
            _compare(partial, written)
            _flush(partial)
            _put(partial, folder, force=force)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def check_free(folder: Path, *, force: bool) -> None:
    """Raise CatalogueError unless a catalogue may be written to `folder`."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise CatalogueError(f"{folder}: is a file", mend="name a folder")
    held = sorted(folder.iterdir())
    strange = [
        entry.name for entry in held if (entry.suffix != ".yaml" and entry.name != REPORT) or not entry.is_file()
    ]
    if strange:
        raise CatalogueError(
            f"{folder}: holds {strange[0]!r}, which is no part of a catalogue", mend="name another folder"
        )
    if held and not force:
        raise CatalogueError(f"{folder}: there is a catalogue already", mend="name another folder, or say --force")


class _Plainly(yaml.SafeDumper):
    """No anchors: the same words in two places are written twice. Line ends and the like only as escapes."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        node = super().represent_mapping(tag, mapping, flow_style)
        if sum(len(str(part.value)) + 4 for pair in node.value for part in pair) > WIDTH - 20:
            node.flow_style = False
        return node


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # between single quotes YAML reads every kind of line end as a line feed, so "\r\n" would not come back
    style = '"' if any(sign in _UNSEEN or sign < " " for sign in text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_UNSEEN = frozenset("\x7f\u2028\u2029\ufeff" + "".join(map(chr, range(0x80, 0xA1))))
_Plainly.add_representer(str, _text)


def _fields(form: Form) -> dict[str, Any]:
    held = {}
    for name, field in type(form).model_fields.items():
        value = getattr(form, name)
        if field.is_required() or value != field.get_default(call_default_factory=True):
            held[field.alias or name] = plain(value)
    return held


def _compare(partial: Path, written: Written) -> None:
    """What is put in place reads as what was meant. Raises CatalogueError, which would be a fault of this module."""
    if read_catalogue(partial).version() != written.version():
        raise CatalogueError(f"{partial}: reads otherwise than it was written", mend="tell whoever maintains Herald")


def _flush(folder: Path) -> None:
    for entry in (*folder.iterdir(), folder):
        handle = os.open(entry, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _put(partial: Path, folder: Path, *, force: bool) -> None:
    """Move the finished folder into place; an earlier one changes places with it."""
    try:
        partial.rename(folder)  # succeeds where nothing or an empty folder is, whoever else is writing there
        return
    except OSError as error:
        if not folder.is_dir():
            raise
        if not force:
            raise CatalogueError(f"{folder}: taken meanwhile by another run", mend="name another folder") from error
    if not _swap(partial, folder):
        aside = partial.with_name(partial.name.replace(".partial-", ".replaced-"))
        folder.rename(aside)
        try:
            partial.rename(folder)
        except OSError:
            aside.rename(folder)
            raise
        shutil.rmtree(aside, ignore_errors=True)


def _swap(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, so that a process killed now leaves a whole one in place.

    Linux can (renameat2), Python has no name for it; False where it is not to be had. What stood in place is then in
    `one`, which the caller removes.
    """
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return renameat2 is not None and renameat2(here, bytes(one), here, bytes(other), exchange) == 0

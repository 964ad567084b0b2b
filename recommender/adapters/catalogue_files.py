"""A catalogue's files read one by one for checking: every fault of every file, each with its line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import ValidationError

from recommender.adapters.form_faults import form_faults
from recommender.adapters.yaml_catalogue import SHARED, service_files
from recommender.adapters.yaml_forms import Form, ServiceForm, SharedForm
from recommender.adapters.yaml_places import Places, load, text_of

_Form = TypeVar("_Form", bound=Form)
_ID = re.compile(r"^id:\s*['\"]?([a-z0-9_]+)", re.MULTILINE)
_SPELLING = "mend the spelling of this line, or of the one before"


class Fault(NamedTuple):
    """One fault: where, what, and how to mend it. `grave` ones keep a catalogue from being published."""

    file: Path
    line: int
    what: str
    mend: str
    grave: bool = True

    def __str__(self) -> str:
        warning = "" if self.grave else "warning: "
        return f"{self.file}:{self.line}: {warning}{self.what}; {self.mend}"


@dataclass(frozen=True, slots=True)
class File:
    """One file that could be read: the form and where its parts stand."""

    path: Path
    form: Any
    places: Places

    def fault(self, place: Sequence[str | int], what: str, mend: str, *, grave: bool = True) -> Fault:
        return Fault(self.path, self.places.line(place), what, mend, grave)


class Read(NamedTuple):
    """The files that could be read as forms, and the faults of those that could not.

    unread : ids of the services that could not be read, as far as their files tell.   shared_unread : nor `_catalogue`.
    """

    services: tuple[File, ...]
    shared: File | None
    faults: tuple[Fault, ...]
    unread: frozenset[str] = frozenset()
    shared_unread: bool = False


def read_files(folder: Path) -> Read:
    """Read every file of a catalogue. Raises CatalogueError when there is no service at all."""
    faults: list[Fault] = []
    paths = service_files(folder)
    services = {path: _read(path, ServiceForm, faults) for path in paths}
    shared = folder / SHARED
    common = _read(shared, SharedForm, faults) if shared.exists() else None
    faults += [
        Fault(path, 1, "this file is not read", "let its name end in .yaml", grave=False)
        for path in sorted(folder.glob("*.yml"))
    ]
    unread = frozenset(_id_of(path) for path, file in services.items() if file is None)
    read = tuple(file for file in services.values() if file is not None)
    return Read(read, common, tuple(faults), unread, shared.exists() and common is None)


def _id_of(path: Path) -> str:
    """The id of a service whose file is no form: as a line says, else as the file is called."""
    try:
        said = _ID.search(text_of(path, errors="replace"))
    except OSError:
        return path.stem
    return said[1] if said else path.stem


def _read(path: Path, form: type[_Form], faults: list[Fault]) -> File | None:
    try:
        text = text_of(path)
        places = Places(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        faults.append(_unreadable(path, error))
        return None
    for key, line, first in places.twice():
        mend = "leave one of them out: only the last would count"
        faults.append(Fault(path, line, f"{key} stands here a second time; the first is on line {first}", mend))
    odd = [
        Fault(path, line, f"{word} is no date and no number", "correct it, or write it in quotes")
        for word, line in places.unreadable()
    ]
    if odd:
        faults.extend(odd)
        return None
    try:
        return File(path, form.model_validate(load(text)), places)
    except ValidationError as error:
        told = form_faults(error, form)
        faults.extend(Fault(path, places.line(place), what, mend) for place, what, mend in told)
    except (yaml.YAMLError, RecursionError) as error:
        faults.append(_unreadable(path, error))
    return None


def _unreadable(path: Path, error: Exception) -> Fault:
    """Why nothing of a file can be read, at the line that YAML stumbled over."""
    match error:
        case OSError():
            return Fault(path, 1, f"not readable: {error.strerror}", "see that the file may be read")
        case UnicodeDecodeError():
            return Fault(path, error.object[: error.start].count(b"\n") + 1, "not UTF-8", "save the file as UTF-8 text")
        case RecursionError():
            return Fault(path, 1, "nested too deeply", "mend the brackets")
        case yaml.MarkedYAMLError(problem_mark=yaml.Mark()):
            mark = error.problem_mark
            return Fault(path, 1 if mark is None else mark.line + 1, f"not YAML: {error.problem}", _SPELLING)
    return Fault(path, 1, f"not YAML: {' '.join(str(error).split())}", _SPELLING)

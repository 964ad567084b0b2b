"""A catalogue's files read one by one for checking: every fault of every file, each with its line."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from recommender.adapters.yaml_catalogue import SHARED, service_files
from recommender.adapters.yaml_forms import Form, ServiceForm, SharedForm
from recommender.adapters.yaml_places import Places

_Form = TypeVar("_Form", bound=Form)
_PICKED = frozenset({"str", "dict", "SourceForm"})
"""Names that pydantic puts into a place for the branch of a union that it tried."""


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
    """The files that could be read as forms, services first, and the faults of those that could not."""

    services: tuple[File, ...]
    shared: File | None
    faults: tuple[Fault, ...]


def read_files(folder: Path) -> Read:
    """Read every file of a catalogue. Raises CatalogueError when there is no service at all."""
    faults: list[Fault] = []
    services = [_read(path, ServiceForm, faults) for path in service_files(folder)]
    shared = folder / SHARED
    common = _read(shared, SharedForm, faults) if shared.is_file() else None
    return Read(tuple(file for file in services if file is not None), common, tuple(faults))


def _read(path: Path, form: type[_Form], faults: list[Fault]) -> File | None:
    try:
        text = path.read_text(encoding="utf-8")
        places = Places(text)
        return File(path, form.model_validate(yaml.safe_load(text)), places)
    except ValidationError as error:
        faults.extend(_told(path, places, form, error))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        faults.append(Fault(path, line, f"not YAML: {error.problem or error}", "mend the spelling of this line"))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        faults.append(Fault(path, 1, f"not readable: {' '.join(str(error).split())}", "save it as UTF-8 text"))
    except OSError as error:
        faults.append(Fault(path, 1, f"not readable: {error.strerror}", "see that the file may be read"))
    return None


def _told(path: Path, places: Places, form: type[Form], error: ValidationError) -> Iterator[Fault]:
    """Each fault once, in plain words: of a place that may be written in two ways pydantic complains twice."""
    told: set[tuple[str | int, ...]] = set()
    for found in error.errors():
        place = tuple(step for step in found["loc"] if step not in _PICKED and not str(step).startswith("dict["))
        if place in told:
            continue
        told.add(place)
        what, mend = _plain(found, place, form)
        yield Fault(path, places.line(place), what, mend)


def _plain(found: ErrorDetails, place: tuple[str | int, ...], form: type[Form]) -> tuple[str, str]:
    name = ".".join(map(str, place)) or "the file"
    if found["type"] == "missing":
        return f"{name} is missing", "write it; docs/catalogue.md says what it is"
    if found["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(place[-1]), form.model_fields, n=1) if len(place) == 1 else []
        return f"there is no field {name}", f"did you mean {near[0]!r}?" if near else "see docs/catalogue.md"
    message = found["msg"].removeprefix("Value error, ")
    return f"{name}: {message[:1].lower()}{message[1:]}", "see docs/catalogue.md"

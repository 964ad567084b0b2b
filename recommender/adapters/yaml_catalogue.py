"""A folder of YAML files, one per public service, to a catalogue. pydantic at the edge, frozen values inside."""

import hashlib
import json
from collections.abc import Collection, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeVar

import yaml
from pydantic import ValidationError

from recommender.adapters.form_values import (
    authorities_of,
    bundle_of,
    parameters_of,
    question_of,
    service_of,
)
from recommender.adapters.yaml_forms import Form, ServiceForm, SharedForm
from recommender.adapters.yaml_places import load, text_of
from recommender.catalogue import Catalogue, PublicService
from recommender.errors import CatalogueError
from recommender.identifiers import CatalogueVersion, EventType
from recommender.references import nearest, references

SHARED = "_catalogue.yaml"
_Form = TypeVar("_Form", bound=Form)


class Written(NamedTuple):
    """A catalogue as its files say it: one pair of file and form per service, by id, and what they share."""

    services: tuple[tuple[Path, ServiceForm], ...]
    shared: SharedForm

    def content(self) -> bytes:
        """Canonical JSON: a list of the services' forms by id, then of what they share, if anything.

        Spacing, comments, file names and what is left at its default are not in it. `stored_catalogue` reads it.
        """
        forms = [form for _, form in self.services]
        shared = [] if self.shared == SharedForm() else [self.shared]
        content = [form.model_dump(mode="json", by_alias=True, exclude_defaults=True) for form in (*forms, *shared)]
        return json.dumps(content, sort_keys=True, ensure_ascii=False).encode()

    def version(self) -> CatalogueVersion:
        """SHA-256 of the content."""
        return version_of(self.content())


def version_of(content: bytes) -> CatalogueVersion:
    """The version of a catalogue with this canonical content."""
    return CatalogueVersion(hashlib.sha256(content).hexdigest())


def service_files(folder: Path) -> list[Path]:
    """The files of the services. Raises CatalogueError when there is none."""
    files = [file for file in sorted(folder.glob("*.yaml")) if not file.name.startswith("_")] if folder.is_dir() else []
    if not files:
        raise CatalogueError(f"{folder}: no public service there", mend="put one YAML file per service into the folder")
    return files


def read_catalogue(folder: Path) -> Written:
    """The files as forms. Raises CatalogueError naming the file and what to mend."""
    services = sorted(((file, read_form(file, ServiceForm)) for file in service_files(folder)), key=lambda p: p[1].id)
    shared = folder / SHARED
    return Written(tuple(services), read_form(shared, SharedForm) if shared.is_file() else SharedForm())


def load_catalogue(folder: Path, languages: Sequence[str] = ()) -> Catalogue:
    """Read every *.yaml in `folder`; the services come in the order of their ids.

    languages : the second choices where a text lacks the one asked for, first preferred; the catalogue's own order
                goes before. Raises CatalogueError naming the file and what to mend.
    """
    return catalogue_of(read_catalogue(folder), folder, languages)


def checked_content(folder: Path) -> bytes:
    """The canonical content of a folder that `load_catalogue` would read. Raises CatalogueError as that does."""
    written = read_catalogue(folder)
    catalogue_of(written, folder)
    return written.content()


def catalogue_of(written: Written, folder: Path, languages: Sequence[str] = ()) -> Catalogue:
    """The catalogue that forms describe; `folder` is only named in errors. Otherwise as `load_catalogue`."""
    _check_ids(written.services)
    shared = written.shared
    catalogue = Catalogue(
        written.version(),
        tuple(_service(file, form, shared) for file, form in written.services),
        languages=tuple(dict.fromkeys((*shared.languages, *languages))),
        authorities=authorities_of(shared),
        events={EventType(event): words for event, words in shared.life_events.items()},
        regions=shared.regions,
        bundles=tuple(bundle_of(key, form) for key, form in sorted(shared.bundles.items())),
        questions={name: question_of(name, form) for name, form in shared.questions.items()},
        pauses={EventType(event): period for event, period in shared.pauses.items()},
        parameters=parameters_of(shared),
    )
    _check_services(folder, written, catalogue)
    return catalogue


def read_form(file: Path, form: type[_Form]) -> _Form:
    """One file as a form. Raises CatalogueError with the first fault and how many more there are."""
    try:
        return form.model_validate(load(text_of(file)))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise CatalogueError(f"{file}: {place}: {first['msg']}{more}", mend="see docs/catalogue.md") from error
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        why = " ".join(str(error).split())[:200]
        raise CatalogueError(f"{file}: not YAML: {why}", mend="`herald catalogue check` names the line") from error


def _service(file: Path, form: ServiceForm, shared: SharedForm) -> PublicService:
    try:
        return service_of(form, shared)
    except CatalogueError as error:
        raise CatalogueError(f"{file}: {error.message}", mend=error.mend) from error


def _check_ids(read: Sequence[tuple[Path, ServiceForm]]) -> None:
    first: dict[str, Path] = {}
    for file, form in read:
        if form.id in first:
            raise CatalogueError(
                f"{file}: id {form.id!r} is taken by {first[form.id]}", mend="give each service its own id"
            )
        first[form.id] = file
        ids = [c.id for c in form.criteria]
        twice = next((c for c in form.criteria if ids.count(c.id) > 1 and _overlap(c.id, form)), None)
        if twice is not None:
            raise CatalogueError(
                f"{file}: two criteria are called {twice.id!r} on the same day",
                mend="give each its own id, or dates in force that do not meet",
            )


def _overlap(criterion_id: str, form: ServiceForm) -> bool:
    """Whether two wordings of one criterion are law on the same day."""
    spans = sorted(
        (
            c.in_force.first.toordinal() if c.in_force.first else 0,
            c.in_force.last.toordinal() if c.in_force.last else 10**9,
        )
        for c in form.criteria
        if c.id == criterion_id
    )
    return any(ends >= begins for (_, ends), (begins, _) in pairwise(spans))


def _check_services(folder: Path, written: Written, catalogue: Catalogue) -> None:
    files = {form.id: file for file, form in written.services}
    known: dict[str, Collection[str]] = {"service": files, "parameter": catalogue.parameters.by_name}
    for where, kind, name in references(catalogue):
        if kind in known and name not in known[kind]:
            file = files.get(where.split(",")[0].removeprefix("service "), folder / SHARED)
            raise CatalogueError(f"{file}: {where}: no {kind} {name!r}", mend=nearest(name, known[kind]))

"""A catalogue under check: its files, what the data have, and its texts."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from recommender.adapters.catalogue_files import Fault, File, Read
from recommender.adapters.form_values import parameters_of
from recommender.adapters.yaml_forms import Form, SharedForm
from recommender.parameters import Parameters
from recommender.references import nearest
from recommender.rule_checks import Kinds

Place = tuple[str | int, ...]
"""Keys and numbers from the top of a file to what is wrong."""


@dataclass(frozen=True, slots=True)
class Data:
    """What the data have, for names to be checked against; None: not known, so not checked."""

    kinds: Kinds | None = None
    events: Collection[str] | None = None
    needs: Collection[str] | None = None
    registers: Collection[str] | None = None


@dataclass(frozen=True)
class Checked:
    """One catalogue under check."""

    read: Read
    data: Data

    @cached_property
    def shared(self) -> SharedForm:
        return SharedForm() if self.read.shared is None else self.read.shared.form

    @cached_property
    def parameters(self) -> Parameters:
        return parameters_of(self.shared)

    @cached_property
    def ids(self) -> Mapping[str, File]:
        return {file.form.id: file for file in reversed(self.read.services)}

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Those that the catalogue names, else every one that any of its texts is in."""
        if self.shared.languages:
            return tuple(self.shared.languages)
        files = [*self.read.services, *([self.read.shared] if self.read.shared else [])]
        return tuple(sorted({tag for file in files for _, words in texts_of(file.form) for tag in words}))


def texts_of(
    form: Form, place: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, str]]]:
    """Every text of a form in its languages, with its place."""
    for name, info in type(form).model_fields.items():
        yield from _texts(getattr(form, name), (*place, info.alias or name))


def _texts(value: object, place: Place) -> Iterator[tuple[Place, Mapping[str, str]]]:
    if isinstance(value, Form):
        yield from texts_of(value, place)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _texts(each, (*place, number))
    elif isinstance(value, dict) and place[-1] != "where":
        if value and all(isinstance(each, str) for each in value.values()) and place[-1] not in ("residence", "pauses"):
            yield place, value
        else:
            for key, each in value.items():
                yield from _texts(each, (*place, str(key)))


def known_name(file: File, place: Place, kind: str, name: str, known: Collection[str] | None) -> Iterator[Fault]:
    """A fault when there is no such name; nothing is said where the names are not known."""
    if known is not None and name not in known:
        yield file.fault(place, f"there is no {kind} {name!r}", nearest(name, known))

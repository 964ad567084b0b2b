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
Names = Collection[str] | None
"""None: not known, so not checked."""


@dataclass(frozen=True, slots=True)
class Data:
    """What the data have, for names to be checked against; None: not known, so not checked.

    events : life events that the data are known to have.   heard : those that a register told of; None: nobody did yet.
    words  : per attribute that holds words, those that a register told of.
    homes  : whether a register tells with whom people live.
    """

    kinds: Kinds | None = None
    events: Names = None
    needs: Names = None
    registers: Names = None
    heard: Names = None
    words: Mapping[str, Collection[str]] | None = None
    homes: bool | None = None


@dataclass(frozen=True)
class Checked:
    """One catalogue under check. Names of a file that could not be read are not held against the others."""

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
        """The first file of each id."""
        return {file.form.id: file for file in reversed(self.read.services)}

    @cached_property
    def services(self) -> Collection[str]:
        """Every id that a service may be named by, those of unreadable files included."""
        return {*self.ids, *self.read.unread}

    @cached_property
    def events(self) -> Names:
        """The life events that a service may name: those of the data, and those that the catalogue has words for."""
        spoken = set(self.shared.life_events)
        if self.read.shared_unread:
            return None
        return {*spoken, *(self.data.events or ())} if spoken or self.data.heard is not None else None

    @cached_property
    def attributes(self) -> Names:
        """The attributes that a rule may name: those of the data, and those that the citizen is asked for."""
        if self.data.kinds is None or self.read.shared_unread:
            return None
        return {*self.data.kinds, *self.shared.questions}

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Those that the catalogue names, else every one that any of its texts is in."""
        if self.shared.languages:
            return tuple(self.shared.languages)
        files = [*self.read.services, *([self.read.shared] if self.read.shared else [])]
        return tuple(sorted({tag for file in files for _, words in texts_of(file.form) for tag in words}))

    def of_shared(self, names: Collection[str]) -> Names:
        """Names of `_catalogue.yaml`; not known when it could not be read."""
        return None if self.read.shared_unread else names


def texts_of(form: Form, place: Place = ()) -> Iterator[tuple[Place, Mapping[str, str]]]:
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


def known_name(file: File, place: Place, kind: str, name: str, known: Names) -> Iterator[Fault]:
    """A fault when there is no such name; nothing is said where the names are not known."""
    if known is not None and name not in known:
        yield file.fault(place, f"there is no {kind} {name!r}", nearest(name, known))

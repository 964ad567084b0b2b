"""What a form refuses, in plain words: pydantic's complaints as a policy officer reads them."""

import difflib
from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from recommender.adapters.yaml_forms import Form

_BRANCHES = frozenset({"str", "dict", "float", "bool", "SourceForm", "[key]"})
"""Steps that pydantic puts into a place for the branch of a union that it tried, or for a mapping's key."""
_SEE = "see docs/catalogue.md"
_MEND = {
    "string_type": ("is not a text", "write it in quotes"),
    "string_too_short": ("is empty", "write it, or leave the whole field out"),
    "too_short": ("is empty", "write at least one, or leave the whole field out"),
    "list_type": ("is not a list", "write each on a line of its own that begins with a hyphen"),
    "dict_type": ("is not a text in each language", 'write {en: "...", zh: "..."}'),
    "model_type": ("has no fields", f"write its fields below it, indented; {_SEE}"),
    "date_from_datetime_parsing": ("is not a day", "write it as 2025-01-31"),
    "date_parsing": ("is not a day", "write it as 2025-01-31"),
    "date_type": ("is not a day", "write it as 2025-01-31, without quotes"),
    "bool_type": ("is neither true nor false", "write true or false"),
    "bool_parsing": ("is neither true nor false", "write true or false"),
    "missing": ("is missing", f"write it; {_SEE} on what it is"),
}
_SHOWN = 60


class FormFault(NamedTuple):
    """One complaint: the keys and numbers from the top of the file to it, what it is and how to mend it."""

    place: tuple[str | int, ...]
    what: str
    mend: str


def form_faults(error: ValidationError, form: type[Form]) -> Iterator[FormFault]:
    """Each fault once: of a place that may be written in two ways pydantic complains twice."""
    told: set[tuple[str | int, ...]] = set()
    for found in error.errors():
        place = tuple(step for step in found["loc"] if step not in _BRANCHES and not str(step).startswith("dict["))
        if place not in told:
            told.add(place)
            yield FormFault(place, *_words(found, place, form))


def _words(found: ErrorDetails, place: tuple[str | int, ...], form: type[Form]) -> tuple[str, str]:
    name = ".".join(map(str, place)) or "the file"
    kind = found["type"]
    if kind == "extra_forbidden":
        names = _names(_form_at(form, place[:-1]))
        near = difflib.get_close_matches(str(place[-1]), names, n=1)
        return f"there is no field {name}", f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}"
    if kind == "string_pattern_mismatch":
        return _misspelt(found, name)
    given = "" if kind == "missing" else _shown(found["input"])
    if kind in _MEND:
        what, mend = _MEND[kind]
        return f"{name}{given} {what}", mend
    if kind == "enum":
        return f"{name}{given} is not one of those allowed", f"write {found['ctx']['expected']}"
    message = found["msg"].removeprefix("Value error, ").removesuffix(" such as P1Y or P3M")
    mend = "write P1Y for a year, P3M for three months, P10D for ten days" if "ISO 8601" in message else _SEE
    return f"{name}: {message[:1].lower()}{message[1:]}", mend


def _misspelt(found: ErrorDetails, name: str) -> tuple[str, str]:
    if "_]*$" in found["ctx"]["pattern"]:
        return f"{name}{_shown(found['input'])} is not a name", "use a-z, 0-9 and _ alone, as in birth_allowance"
    return f"{name}: {found['input']!r} is not a language", "write its tag, as in en, zh or pt-BR"


def _shown(given: object) -> str:
    """What was written, where it is short enough to help."""
    words = repr(given)
    return f" {words}" if given is not None and isinstance(given, str | int | float) and len(words) <= _SHOWN else ""


def _names(form: type[Form]) -> list[str]:
    return [info.alias or name for name, info in form.model_fields.items()]


def _form_at(form: type[Form], place: tuple[str | int, ...]) -> type[Form]:
    """The form that describes a place; where the place leads out of the forms, the last one on the way."""
    for step in place:
        field = next((info for name, info in form.model_fields.items() if step in (name, info.alias)), None)
        if field is not None:
            form = next(_forms_in(field.annotation), form)
    return form


def _forms_in(annotation: Any) -> Iterator[type[Form]]:
    if isinstance(annotation, type) and issubclass(annotation, Form):
        yield annotation
    for part in get_args(annotation):
        yield from _forms_in(part)

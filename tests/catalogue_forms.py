"""Any catalogue that the forms allow, for tests of what must lose nothing: made from the forms' own fields.

A field added to a form is covered without a line here, as long as its type is built of those below.
"""

import types
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from pydantic import ValidationError

from recommender.adapters.yaml_catalogue import Written
from recommender.adapters.yaml_forms import (
    AnswerForm,
    AuthorityForm,
    CriterionForm,
    Form,
    Period,
    SeasonForm,
    ServiceForm,
    SharedForm,
    Span,
    Words,
)
from recommender.service_terms import Residence

LANGUAGES = st.sampled_from(["en", "zh", "es", "pt-BR", "zh-Hant", "no"])
TEXTS = st.one_of(
    st.text(min_size=1, max_size=12),
    st.sampled_from(
        ["yes", "no", "null", "~", "1", "1e3", "2024-01-01", "a: b", "# c", " x ", "a\r\nb", '"', "'", "\\u"]
    ),
)
IDENTIFIERS = st.from_regex(r"[a-z0-9][a-z0-9_]{0,10}", fullmatch=True)
PERIODS = st.sampled_from(["P1Y", "P3M", "P10D", "P1Y6M"])
RULES = ["age >= 18", "work in ('a', 'b')", "happened('moved', within='P1Y') and age < 65"]
WORDS = st.dictionaries(LANGUAGES, TEXTS, min_size=1, max_size=3)
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))


def services(min_size: int = 1) -> st.SearchStrategy[list[ServiceForm]]:
    return st.lists(form_of(ServiceForm), min_size=min_size, max_size=3, unique_by=lambda form: form.id)


@st.composite
def catalogues(draw: st.DrawFn) -> Written:
    """Forms that are each sound by themselves; what they name need not exist."""
    forms = sorted(draw(services()), key=lambda form: form.id)
    return Written(tuple((Path(f"{form.id}.yaml"), form) for form in forms), draw(form_of(SharedForm)))


@st.composite
def meaningful(draw: st.DrawFn, *, every: bool = False) -> Written:
    """A catalogue whose rules can be read and whose authorities and residences are there."""
    forms = draw(st.lists(form_of(ServiceForm, every=every), min_size=1, max_size=3, unique_by=lambda form: form.id))
    shared = draw(form_of(SharedForm, every=every))
    named = draw(form_of(AuthorityForm, every=every))
    authorities = {form.authority: named for form in forms if isinstance(form.authority, str)}
    ruled = [form.model_copy(update={"criteria": [draw(_ruled(c)) for c in form.criteria]}) for form in forms]
    residence = dict.fromkeys(Residence, "district")
    shared = shared.model_copy(update={"authorities": shared.authorities | authorities, "residence": residence})
    return Written(tuple((Path(f"{form.id}.yaml"), form) for form in sorted(ruled, key=lambda form: form.id)), shared)


def _ruled(criterion: CriterionForm) -> st.SearchStrategy[CriterionForm]:
    return st.sampled_from(RULES).map(lambda rule: criterion.model_copy(update={"rule": rule}))


def form_of(form: type[Form], *, every: bool = False) -> st.SearchStrategy[Any]:
    """Every: no field is left at its default."""
    if form is SeasonForm:
        return DAYS.flatmap(lambda first: DAYS.map(lambda last: _season(first, last)))
    hints = get_type_hints(form, include_extras=True)
    fields = {name: _field(form, name, hints[name], every=every) for name in form.model_fields}
    return st.fixed_dictionaries(fields).map(lambda held: _sound(form, held)).filter(lambda made: made is not None)


def _season(first: date, last: date) -> SeasonForm:
    return SeasonForm.model_validate({"from": f"{first:%m-%d}", "to": f"{last:%m-%d}"})


def _sound(form: type[Form], held: dict[str, Any]) -> Form | None:
    if form is AnswerForm:
        held |= {"event": None} if held["date"] else {"event": held["event"] or "moved", "after": None}
    if form is Span and None not in held.values():
        held = dict(zip(held, sorted(held.values()), strict=True))
    aliased = {form.model_fields[name].alias or name: value for name, value in held.items()}
    try:
        return form.model_validate(aliased)
    except ValidationError:
        return None


def _field(form: type[Form], name: str, hint: Any, *, every: bool) -> st.SearchStrategy[Any]:
    field, told = form.model_fields[name], _of(hint, every=every)
    if field.is_required():
        return told
    default = field.get_default(call_default_factory=True)
    if every and not (form is AnswerForm and name in ("event", "date", "after")):
        return told.filter(lambda value: value != default)
    return st.one_of(st.just(default), told)


def _of(annotation: Any, *, every: bool) -> st.SearchStrategy[Any]:
    """A strategy for one field's type."""
    known: list[tuple[Any, st.SearchStrategy[Any]]] = [(Words, WORDS), (Period, PERIODS), (str, TEXTS), (date, DAYS)]
    known += [(bool, st.booleans()), (int, st.integers(0, 10**6)), (float, st.floats(-1e6, 1e6, allow_nan=False))]
    for kind, strategy in known:
        if annotation == kind:
            return strategy
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(arguments, every=every)
    if origin in (Union, types.UnionType):
        return st.one_of(*(_of(kind, every=every) for kind in arguments if not (every and kind is type(None))))
    if origin is list:
        return st.lists(_of(arguments[0], every=every), min_size=1, max_size=2)
    if origin is dict:
        return st.dictionaries(_of(arguments[0], every=every), _of(arguments[1], every=every), min_size=1, max_size=2)
    return _class(annotation, every=every)


def _annotated(arguments: tuple[Any, ...], *, every: bool) -> st.SearchStrategy[Any]:
    patterns = [getattr(note, "pattern", None) for mark in arguments[1:] for note in getattr(mark, "metadata", [mark])]
    pattern = next((pattern for pattern in patterns if pattern), None)
    return IDENTIFIERS if pattern and "_" in pattern else _of(arguments[0], every=every)


def _class(annotation: Any, *, every: bool) -> st.SearchStrategy[Any]:
    if annotation is type(None):
        return st.none()
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return st.sampled_from(list(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Form):
        return form_of(annotation, every=every)
    raise TypeError(f"no strategy for {annotation}: add one to tests/catalogue_forms.py")

"""The dates between which criteria are law."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from recommender.adapters.catalogue_checked import Checked, Place
from recommender.adapters.catalogue_files import Fault, File
from recommender.adapters.yaml_forms import ServiceForm, Span


def dates(checked: Checked, file: File) -> Iterator[Fault]:
    """Law dates: wordings of one criterion neither overlap nor leave a gap, and lie within the service's own."""
    form: ServiceForm = file.form
    versions: dict[str, list[tuple[date, date, int]]] = {}
    for number, criterion in enumerate(form.criteria):
        first, last = _ends(criterion.in_force)
        versions.setdefault(criterion.id, []).append((first, last, number))
        valid_first, valid_last = _ends(form.valid)
        if last < valid_first or first > valid_last:
            what = f"criterion {criterion.id} is never asked: it is law only while the service is not valid"
            yield file.fault(("criteria", number, "in_force"), what, "mend its dates or those of the service")
    for criterion_id, spans in versions.items():
        for (_, ends, _), (begins, _, number) in pairwise(sorted(spans)):
            place: Place = ("criteria", number)
            if begins <= ends:
                what = f"two wordings of criterion {criterion_id} are law on {begins}"
                yield file.fault(place, what, "let one end the day before the other begins")
            elif begins > ends + timedelta(days=1):
                what = f"criterion {criterion_id} is not law between {ends} and {begins}"
                yield file.fault(place, what, "close the gap, or say so in another criterion", grave=False)


def _ends(span: Span) -> tuple[date, date]:
    return span.first or date.min, span.last or date.max


def is_law(span: Span, day: date) -> bool:
    """Whether the day lies within the span."""
    first, last = _ends(span)
    return first <= day <= last


def days_of(form: ServiceForm) -> list[date]:
    """The first day of every wording: one day at least of every time between two changes of the service's law."""
    return sorted({_ends(criterion.in_force)[0] for criterion in form.criteria})

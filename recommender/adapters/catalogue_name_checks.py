"""Names that a service refers to: life events, attributes, registers, authorities, other services."""

from collections.abc import Iterator

from recommender.adapters.catalogue_checked import Checked, Names, Place, known_name
from recommender.adapters.catalogue_files import Fault, File
from recommender.adapters.form_values import JURISDICTION
from recommender.adapters.yaml_forms import JurisdictionForm, ServiceForm
from recommender.references import nearest
from recommender.rule_checks import Kind


def names(checked: Checked, file: File) -> Iterator[Fault]:
    """The names of a service: its own, and those it refers to."""
    form: ServiceForm = file.form
    first = checked.ids[form.id]
    if first.path != file.path:
        yield file.fault(("id",), f"id {form.id!r} is taken by {first.path.name}", "give each service its own id")
    for place, kind, name, known in _named(checked, form):
        yield from known_name(file, place, kind, name, known)
    yield from _twice(file, form)
    yield from _dates(checked, file)
    if form.jurisdiction is not None:
        yield from _jurisdiction(checked, file, form.jurisdiction)
    if not form.answers and not form.may_be_anticipated:
        what = "nothing calls for this service: it answers no life event and no date, and may not be anticipated"
        yield file.fault((), what, "write `answers:`, or leave it to be found in lists", grave=False)
    if form.per_household and checked.data.homes is False:
        what = "no register tells with whom people live, so every member of a household will be told"
        mend = "give the descriptor a column of the role `household`, or leave `per_household` out"
        yield file.fault(("per_household",), what, mend, grave=False)


def _named(checked: Checked, form: ServiceForm) -> Iterator[tuple[Place, str, str, Names]]:
    data = checked.data
    yield ("need",), "need", form.need, data.needs
    for number, answer in enumerate(form.answers):
        if answer.event is not None:
            yield ("answers", number, "event"), "life event", answer.event, checked.events
        if answer.date is not None:
            yield ("answers", number, "date"), "attribute", answer.date, data.kinds
    for number, other in enumerate(form.excludes):
        yield ("excludes", number), "service", other, checked.services
    for number, evidence in enumerate(form.evidence):
        if evidence.held_by is not None:
            yield ("evidence", number, "held_by"), "register", evidence.held_by, data.registers
    if isinstance(form.authority, str):
        yield ("authority",), "authority", form.authority, checked.of_shared(checked.shared.authorities)


def _twice(file: File, form: ServiceForm) -> Iterator[Fault]:
    """What a service has twice, and that it excludes itself."""
    lists = {"evidence": [evidence.id for evidence in form.evidence], "excludes": form.excludes}
    for part, listed in lists.items():
        for number, name in enumerate(listed):
            if name in listed[:number]:
                yield file.fault((part, number), f"{name} stands twice in {part}", "leave one of them out")
    for number, criterion in enumerate(form.criteria):
        if criterion.id == JURISDICTION and form.jurisdiction is not None:
            what = f"the id {JURISDICTION!r} is that of the criterion made of `jurisdiction`"
            yield file.fault(("criteria", number, "id"), what, "give the criterion another id")
    if form.id in form.excludes:
        place: Place = ("excludes", form.excludes.index(form.id))
        yield file.fault(place, f"{form.id} excludes itself", "name another service; `usage: once` ends a repetition")


def _dates(checked: Checked, file: File) -> Iterator[Fault]:
    kinds = checked.data.kinds or {}
    for number, answer in enumerate(file.form.answers):
        if answer.date is not None and kinds.get(answer.date, Kind.DATE) is not Kind.DATE:
            what = f"{answer.date} is a {kinds[answer.date].value}, not a date that can be reached"
            yield file.fault(("answers", number, "date"), what, "name an attribute of type date")


def _jurisdiction(checked: Checked, file: File, form: JurisdictionForm) -> Iterator[Fault]:
    residence = checked.shared.residence
    if form.by not in residence:
        if not checked.read.shared_unread:
            what = f"no attribute is named for {form.by.value} residence"
            yield file.fault(("jurisdiction",), what, "set `residence` in _catalogue.yaml")
        return
    heard = (checked.data.words or {}).get(residence[form.by])
    for number, region in enumerate(form.regions):
        place: Place = ("jurisdiction", "regions", number)
        yield from known_name(file, place, "region", region, checked.of_shared(checked.shared.regions) or None)
        if heard is not None and region not in heard:
            what = f"no register tells that anybody lives in {region!r}"
            yield file.fault(place, what, nearest(region, heard), grave=False)

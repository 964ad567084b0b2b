"""Names that a catalogue refers to, and its links and legal sources."""

from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from recommender.adapters.catalogue_checked import Checked, Place, known_name
from recommender.adapters.catalogue_files import Fault, File
from recommender.adapters.yaml_forms import ServiceForm, SharedForm, SourceForm
from recommender.service_terms import ChannelKind


def names(checked: Checked, file: File) -> Iterator[Fault]:
    """The names of a service: its own, and those it refers to."""
    form: ServiceForm = file.form
    first = checked.ids[form.id]
    if first.path != file.path:
        yield file.fault(("id",), f"id {form.id!r} is taken by {first.path.name}", "give each service its own id")
    for place, kind, name, known in _named(checked, form):
        yield from known_name(file, place, kind, name, known)
    if form.jurisdiction is not None and form.jurisdiction.by not in checked.shared.residence:
        what = f"no attribute is named for {form.jurisdiction.by.value} residence"
        yield file.fault(("jurisdiction",), what, "set `residence` in _catalogue.yaml")
    if not form.answers and not form.may_be_anticipated:
        what = "nothing calls for this service: it answers no life event and no date, and may not be anticipated"
        yield file.fault((), what, "write `answers:`, or leave it to be found in lists", grave=False)


def _named(checked: Checked, form: ServiceForm) -> Iterator[tuple[Place, str, str, Collection[str] | None]]:
    data, shared = checked.data, checked.shared
    yield ("need",), "need", form.need, data.needs
    for number, answer in enumerate(form.answers):
        if answer.event is not None:
            yield ("answers", number, "event"), "life event", answer.event, data.events
        if answer.date is not None:
            yield ("answers", number, "date"), "attribute", answer.date, data.kinds
    for number, other in enumerate(form.excludes):
        yield ("excludes", number), "service", other, checked.ids
    for number, evidence in enumerate(form.evidence):
        if evidence.held_by is not None:
            yield ("evidence", number, "held_by"), "register", evidence.held_by, data.registers
    if isinstance(form.authority, str):
        yield ("authority",), "authority", form.authority, shared.authorities
    for number, region in enumerate(form.jurisdiction.regions if form.jurisdiction else ()):
        yield ("jurisdiction", "regions", number), "region", region, shared.regions or None


def links(checked: Checked, file: File) -> Iterator[Fault]:
    """Every link of a service, and that each criterion has a legal source."""
    form: ServiceForm = file.form
    yield from _link(file, ("apply_url",), form.apply_url, may_be_path=True)
    for number, criterion in enumerate(form.criteria):
        yield from _source(file, ("criteria", number, "source"), criterion.source)
    for number, channel in enumerate(form.channels):
        if channel.kind not in (ChannelKind.WEB, ChannelKind.APP):
            continue
        addresses = {"": channel.address} if isinstance(channel.address, str) else channel.address
        for tag, address in addresses.items():
            place: Place = ("channels", number, "address", tag) if tag else ("channels", number, "address")
            if channel.kind is ChannelKind.WEB or "://" in address:  # an app's page may be told in words
                yield from _link(file, place, address, may_be_path=True)


def _source(file: File, place: Place, source: SourceForm | str) -> Iterator[Fault]:
    act = source if isinstance(source, str) else source.act
    if not act.strip():
        yield file.fault(place, "no legal source is named", "name the act, the article and a link to it")
    if isinstance(source, SourceForm):
        yield from _link(file, (*place, "link"), source.link)


def _link(file: File, place: Place, link: str, *, may_be_path: bool = False) -> Iterator[Fault]:
    if not link or (may_be_path and link.startswith("/") and not link.startswith("//")):
        return
    try:
        parts = urlsplit(link)
        sound = parts.scheme in ("https", "http") and bool(parts.hostname) and not any(c.isspace() for c in link)
    except ValueError:
        sound = False
    if not sound:
        yield file.fault(place, f"{link!r} is no link", "write https://... in full")


def shared_names(checked: Checked, file: File) -> Iterator[Fault]:
    """What `_catalogue.yaml` names."""
    form: SharedForm = file.form
    data = checked.data
    for key, authority in form.authorities.items():
        yield from _link(file, ("authorities", key, "page"), authority.page)
    for event in (*form.life_events, *form.pauses):
        part = "life_events" if event in form.life_events else "pauses"
        yield from known_name(file, (part, event), "life event", event, data.events)
    for key, bundle in form.bundles.items():
        yield from known_name(file, ("bundles", key, "event"), "life event", bundle.event, data.events)
        for number, service_id in enumerate(bundle.services):
            place = ("bundles", key, "services", number)
            yield from known_name(file, place, "service", service_id, checked.ids)
            service = checked.ids.get(service_id)
            if service is not None and bundle.event not in {answer.event for answer in service.form.answers}:
                what = f"{service_id} does not answer {bundle.event}, the life event of bundle {key}"
                yield file.fault(place, what, f"add it to the answers of {service.path.name}", grave=False)
    for name, parameter in form.parameters.items():
        if parameter.by is not None:
            yield from known_name(file, ("parameters", name, "by"), "attribute", parameter.by, data.kinds)
        yield from _source(file, ("parameters", name, "source"), parameter.source)

"""What a catalogue's services name: attributes, life events, needs and each other; and whether the data have it."""

import difflib
from collections.abc import Collection, Iterator, Mapping

from recommender.catalogue import Catalogue, PublicService
from recommender.compiling import subjects_of
from recommender.errors import CatalogueError


def references(catalogue: Catalogue) -> Iterator[tuple[str, str, str]]:
    """What each service refers to: where, kind (attribute, event, need, service, parameter) and name."""
    for service in catalogue.services:
        yield from _of_service(service)
    for bundle in catalogue.bundles:
        yield f"bundle {bundle.bundle_id}", "event", bundle.event
        for service_id in bundle.services:
            yield f"bundle {bundle.bundle_id}", "service", service_id
    for name, parameter in catalogue.parameters.by_name.items():
        if parameter.by is not None:
            yield f"parameter {name}", "attribute", parameter.by
    for event in catalogue.pauses:
        yield f"pause {event}", "event", event
    for attribute in catalogue.questions:
        yield f"question {attribute}", "attribute", attribute


def check_names(catalogue: Catalogue, known: Mapping[str, Collection[str]]) -> None:
    """Raise CatalogueError when a service names something that the data do not have.

    known : names by kind: "attribute", "event", "need", "service". A kind that is left out is not checked.
    """
    for where, kind, name in references(catalogue):
        if kind in known and name not in known[kind]:
            raise CatalogueError(f"{where}: no {kind} {name!r} in the data", mend=nearest(name, known[kind]))


def nearest(name: str, known: Collection[str]) -> str:
    """What was probably meant, as words that mend the error."""
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known are {', '.join(sorted(known)[:8])}" if known else "none is known here"


def _of_service(service: PublicService) -> Iterator[tuple[str, str, str]]:
    where = f"service {service.service_id}"
    yield where, "need", service.need_key
    for answer in service.answers:
        yield (where, "event", answer.event) if answer.event else (where, "attribute", str(answer.date))
    for service_id in service.excludes:
        yield f"{where}, excludes", "service", service_id
    for criterion in service.criteria:
        for subject in sorted(subjects_of(criterion.rule)):
            kind, _, name = subject.rpartition(":")
            yield f"{where}, criterion {criterion.criterion_id}", kind or "attribute", name

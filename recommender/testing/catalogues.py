"""Public services made by hand, for tests and benchmarks."""

import hashlib
from collections.abc import Sequence

from recommender.adapters.rule_text import parse_rule
from recommender.catalogue import Answer, Catalogue, Criterion, PublicService, Usage
from recommender.identifiers import CatalogueVersion, EventType, NeedKey, ServiceId
from recommender.rules import Rule
from recommender.service_terms import LegalSource


def service_of(
    service_id: str,
    *,
    answers: Sequence[Answer] = (),
    rules: Sequence[Rule | str] = (),
    usage: Usage = Usage.REPEATABLE,
    may_be_anticipated: bool = False,
    deadline: str | None = None,
) -> PublicService:
    """A public service whose need key is its own id; its criteria are called c0, c1 and so on."""
    texts = {"en": service_id.replace("_", " "), "zh": service_id}
    return PublicService(
        service_id=ServiceId(service_id),
        name=texts,
        description=texts,
        authority={"en": "An authority", "zh": "主管机关"},
        need_key=NeedKey(service_id),
        answers=tuple(answers),
        criteria=tuple(_criterion(i, rule) for i, rule in enumerate(rules)),
        usage=usage,
        may_be_anticipated=may_be_anticipated,
        deadline=deadline,
        apply_url=f"/services/{service_id}",
    )


def answer_to(event_type: str, within: str = "P1Y") -> Answer:
    """The service is called for by a life event."""
    return Answer(within, event=EventType(event_type))


def catalogue_of(*services: PublicService) -> Catalogue:
    """The services by id, with a version that depends on all of them."""
    ordered = tuple(sorted(services, key=lambda service: service.service_id))
    return Catalogue(CatalogueVersion(hashlib.sha256(repr(ordered).encode()).hexdigest()), ordered)


def _criterion(place: int, rule: Rule | str) -> Criterion:
    parsed, text = (parse_rule(rule), rule) if isinstance(rule, str) else (rule, repr(rule))
    name = f"c{place}"
    words = [{"en": f"{name} {result}", "zh": f"{name} {result}"} for result in ("met", "unmet", "unknown")]
    return Criterion(name, parsed, text, words[0], words[1], words[2], LegalSource("an example"))

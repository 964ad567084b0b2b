"""From the forms of a catalogue's files to the frozen values that decisions are made with."""

from collections.abc import Mapping
from datetime import date

from recommender.adapters.rule_text import parse_rule
from recommender.adapters.yaml_forms import (
    BundleForm,
    ChannelForm,
    CriterionForm,
    JurisdictionForm,
    ParameterForm,
    QuestionForm,
    ServiceForm,
    SharedForm,
    SourceForm,
)
from recommender.catalogue import Answer, Criterion, PublicService
from recommender.errors import CatalogueError
from recommender.identifiers import EventType, NeedKey, ServiceId
from recommender.parameters import DatedValue, LegalParameter, Parameters
from recommender.service_terms import (
    Authority,
    Bundle,
    Channel,
    Evidence,
    Jurisdiction,
    LegalSource,
    Question,
    Season,
    Texts,
)

JURISDICTION = "jurisdiction"
"""Id of the criterion that Herald makes of a service's `jurisdiction`."""

_WHERE: Mapping[str, Texts] = {
    "met": {"en": "You live in {regions}.", "zh": "您居住在{regions}。"},
    "unmet": {"en": "It is for people who live in {regions}.", "zh": "此项服务面向{regions}的居民。"},
    "unknown": {"en": "It is not recorded whether you live in {regions}.", "zh": "没有登记您是否居住在{regions}。"},
}
_SEPARATOR = {"zh": "、"}


def service_of(form: ServiceForm, shared: SharedForm) -> PublicService:
    """The public service that a file describes. Raises CatalogueError naming the criterion or name at fault."""
    season, where = form.season, form.jurisdiction
    authority_id = form.authority if isinstance(form.authority, str) else ""
    return PublicService(
        service_id=ServiceId(form.id),
        name=form.name,
        description=form.description,
        authority=form.authority if isinstance(form.authority, dict) else _authority(form.authority, shared),
        need_key=NeedKey(form.need),
        answers=tuple(
            Answer(a.within, EventType(a.event) if a.event else None, a.date, a.after, a.words) for a in form.answers
        ),
        criteria=_criteria(form, shared),
        usage=form.usage,
        may_be_anticipated=form.may_be_anticipated,
        per_household=form.per_household,
        deadline=form.deadline,
        apply_url=form.apply_url,
        authority_id=authority_id,
        evidence=tuple(Evidence(e.id, e.name, e.held_by) for e in form.evidence),
        channels=tuple(map(_channel, form.channels)),
        cost=form.cost,
        processing_time=form.processing_time,
        output=form.output,
        valid_from=form.valid.first,
        valid_to=form.valid.last,
        season=None if season is None else Season(season.first, season.last),
        jurisdiction=None if where is None else Jurisdiction(where.by, tuple(where.regions)),
        sensitivity=form.sensitivity,
        excludes=tuple(map(ServiceId, form.excludes)),
        renewal=form.renewal,
        may_ask=form.may_ask,
    )


def authorities_of(shared: SharedForm) -> dict[str, Authority]:
    """The authorities that services may name by id."""
    return {key: Authority(key, form.name, form.page, form.phone) for key, form in shared.authorities.items()}


def bundle_of(bundle_id: str, form: BundleForm) -> Bundle:
    """One thing: the ordered services of one life event."""
    return Bundle(bundle_id, form.name, EventType(form.event), tuple(map(ServiceId, form.services)))


def parameters_of(shared: SharedForm) -> Parameters:
    """What rules may name as parameter('...'). Whole numbers become float, as in rules."""
    return Parameters({name: _parameter(form) for name, form in shared.parameters.items()})


def _parameter(form: ParameterForm) -> LegalParameter:
    values = tuple(DatedValue(v.value, v.first, v.last, dict(v.where)) for v in form.values)
    return LegalParameter(values, form.by, form.words)


def question_of(attribute: str, form: QuestionForm) -> Question:
    """How a citizen is asked for an attribute."""
    return Question(attribute, form.words, form.choices, form.name)


def _authority(authority_id: str, shared: SharedForm) -> Texts:
    if authority_id not in shared.authorities:
        raise CatalogueError(
            f"authority: no authority {authority_id!r} in _catalogue.yaml",
            mend="add it there, or write its name in each language",
        )
    return shared.authorities[authority_id].name


def _criteria(form: ServiceForm, shared: SharedForm) -> tuple[Criterion, ...]:
    own = tuple(map(_criterion, form.criteria))
    return own if form.jurisdiction is None else (*own, _jurisdiction(form.jurisdiction, shared, form.valid.first))


def _criterion(form: CriterionForm) -> Criterion:
    try:
        rule = parse_rule(form.rule)
    except CatalogueError as error:
        raise CatalogueError(f"criterion {form.id}: {error.message}", mend=error.mend) from error
    span = form.in_force
    source = form.source
    law = (
        LegalSource(source.act, source.article, source.link) if isinstance(source, SourceForm) else LegalSource(source)
    )
    return Criterion(form.id, rule, form.rule, form.met, form.unmet, form.unknown, law, span.first, span.last)


def _jurisdiction(form: JurisdictionForm, shared: SharedForm, since: date | None) -> Criterion:
    """The criterion that a citizen's residence lies in the authority's regions."""
    attribute = shared.residence.get(form.by)
    if attribute is None:
        raise CatalogueError(
            f"jurisdiction: no attribute is named for {form.by.value} residence",
            mend=f"set `residence: {{{form.by.value}: <attribute>}}` in _catalogue.yaml",
        )
    text = f"{attribute} in ({', '.join(map(repr, form.regions))},)"
    met, unmet, unknown = (_where(_WHERE[result], form, shared) for result in ("met", "unmet", "unknown"))
    source = LegalSource("Jurisdiction of the authority")
    return Criterion(JURISDICTION, parse_rule(text), text, met, unmet, unknown, source, since)


def _where(texts: Texts, form: JurisdictionForm, shared: SharedForm) -> Texts:
    found = {}
    for language, text in texts.items():
        names = [shared.regions.get(region, {}).get(language, region) for region in form.regions]
        found[language] = text.format(regions=_SEPARATOR.get(language, ", ").join(names))
    return found


def _channel(form: ChannelForm) -> Channel:
    address = {"": form.address} if isinstance(form.address, str) else form.address
    return Channel(form.kind, address, tuple(form.can), form.hours)

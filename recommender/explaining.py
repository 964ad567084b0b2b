"""Why a citizen may have a public service or not: its conditions one by one, by the law of the day."""

from dataclasses import dataclass

from recommender.bars import Bars
from recommender.candidates import UNCALLED, Callbook
from recommender.catalogue import Criterion, PublicService
from recommender.decision import Status, Withheld
from recommender.eligibility import Rulebook
from recommender.expressions import Law
from recommender.facts import Knowledge
from recommender.instants import local_day
from recommender.missing import compile_missing
from recommender.reasons import because, may_be_named, pick, result_texts
from recommender.subjects import subjects_of
from recommender.value_words import Looked, Reader, looked_at
from recommender.windows import Since, since


@dataclass(frozen=True, slots=True)
class Condition:
    """One criterion in force, and what it came to.

    criterion : None where it looks at something hidden: then nothing of it is named but its result.
    words     : the authority's words for the result, in `language`, which may be the reader's second choice.
    missing   : subjects whose being known could decide it; empty once it is decided.
    """

    result: Status
    criterion: Criterion | None = None
    words: str = ""
    language: str = ""
    looked: tuple[Looked, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """One service for one citizen at one time.

    barred  : why it waits whatever its conditions say: held already, excluded, closed.
    because : the recorded facts that call for it now, in words, newest first.
    """

    service: PublicService
    status: Status
    barred: Withheld | None
    because: tuple[str, ...]
    conditions: tuple[Condition, ...]


def explain(service: PublicService, knowledge: Knowledge, reader: Reader) -> Explanation:
    """Work out one service's conditions for one citizen, by the law of the knowledge's own day."""
    catalogue, zone = reader.catalogue, reader.wording.zone
    law = Law(zone, local_day(knowledge.as_of, zone), catalogue.parameters)
    rules, calls = Rulebook.compile((service,), zone, catalogue.parameters), Callbook.compile((service,), zone)
    starts = since(knowledge, sorted({*rules.periods, *calls.periods}), zone)
    [assessed] = rules.assess(knowledge, starts)
    openings = calls.called(knowledge, starts).get(0, UNCALLED).openings
    criteria = service.criteria_at(law.day or knowledge.as_of.date())
    return Explanation(
        service,
        assessed.status,
        Bars.compile(catalogue.services, zone).barred(knowledge).get(catalogue.position[service.service_id]),
        tuple(because(opening.cause, reader.language, reader.wording) for opening in openings),
        tuple(
            _condition(criterion, result, (knowledge, starts), law, reader)
            for criterion, result in zip(criteria, assessed.results, strict=True)
        ),
    )


def _condition(
    criterion: Criterion, result: Status, known: tuple[Knowledge, Since], law: Law, reader: Reader
) -> Condition:
    if not reader.wording.hidden.isdisjoint(subjects_of(criterion.rule, law.parameters)):
        return Condition(result)
    words, language = pick(result_texts(criterion, result), reader.language, reader.catalogue.languages)
    missing = compile_missing(criterion.rule, law)(*known)
    looked = looked_at(criterion.rule, *known, law, reader)
    return Condition(result, criterion, words, language, looked, may_be_named(sorted(missing), reader.wording))

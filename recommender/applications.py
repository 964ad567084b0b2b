"""Where an application stands, from reports that come late, twice and in any order.

Reports are told in the order in which things happened. One that the law of an application does not allow next
(submitted, once it is decided) says nothing new and is left out; so the order of arrival changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recommender.facts import UseChange

STARTED, SUBMITTED, GRANTED, REFUSED, ENDED = UseChange

NEXT: Mapping[UseChange | None, frozenset[UseChange]] = {
    None: frozenset(UseChange),
    STARTED: frozenset({SUBMITTED, GRANTED, REFUSED, ENDED}),
    SUBMITTED: frozenset({GRANTED, REFUSED, ENDED}),
    GRANTED: frozenset({REFUSED, ENDED, STARTED}),
    REFUSED: frozenset({STARTED, SUBMITTED, GRANTED}),
    ENDED: frozenset({STARTED, SUBMITTED, GRANTED}),
}
"""What may follow what: portals leave steps out, a refusal may be reversed, and one may apply again."""

_ORDER = {stage: place for place, stage in enumerate(UseChange)}


@dataclass(frozen=True, slots=True)
class Report:
    """One report. stage: None: the citizen did nothing about it.

    proxy : the citizen's own answer to a follow-up question, which stands for a report that never came.
    """

    stage: UseChange | None
    happened_us: int
    reason: str = ""
    proxy: bool = False


@dataclass(frozen=True, slots=True)
class Application:
    """Where it stands and how it came there, in order; `path` is empty when the citizen did nothing."""

    path: tuple[Report, ...]
    proxy: bool

    @property
    def stage(self) -> UseChange | None:
        return self.path[-1].stage if self.path else None


def application(reports: Sequence[Report]) -> Application | None:
    """Where an application stands; None when nobody reported anything.

    What a portal reports replaces whatever the citizen answered: an answer is a proxy only as long as it must be.
    """
    certain = [report for report in reports if not report.proxy]
    told = certain or list(reports)
    if not told:
        return None
    path: list[Report] = []
    for report in sorted(told, key=_when):
        before = path[-1].stage if path else None
        if report.stage is not None and report.stage in NEXT[before]:
            path.append(report)
    return Application(tuple(path), proxy=not certain)


def _when(report: Report) -> tuple[int, int, str]:
    return report.happened_us, -1 if report.stage is None else _ORDER[report.stage], report.reason

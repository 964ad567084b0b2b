"""What may be told together: all services of one cause, and which cause goes first."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from recommender.candidates import Called, Opening
from recommender.catalogue import PublicService
from recommender.decision import Cause, Status, Withheld
from recommender.identifiers import FactId

ANTICIPATED = FactId("anticipated")
"""Root of the cause that stands for a forecast: it names no fact, and no reason is ever worded from it."""

QUESTION = "question:"
"""Before the root of a fact: the notification asks what would settle services that the fact calls for. It tells of no
entitlement, and telling of one later because of the same fact is another notification."""


class Draft(NamedTuple):
    """One public service as the push decision sees it.

    barred : why it is not for this citizen now whatever its rules say (already held, excluded by what is held, the
             service closed); None: nothing bars it. What is barred is neither shown nor pushed.
    """

    service: PublicService
    status: Status
    score: float
    called: Called
    barred: Withheld | None


class Bundle(NamedTuple):
    """All services of one cause, best first, with their earliest deadline."""

    cause: Cause
    places: tuple[int, ...]
    deadline_us: int | None
    best: float

    def urgency(self) -> tuple[int, float, float, int, str]:
        """What may be had because of a fact goes first, then what may be asked, then forecasts."""
        due = float("inf") if self.deadline_us is None else float(self.deadline_us)
        order = 2 if self.cause.root == ANTICIPATED else int(self.cause.root.startswith(QUESTION))
        return order, due, -self.best, -self.cause.happened_us, self.cause.root


def bundles_of(going: Sequence[tuple[int, Draft, tuple[Opening, ...]]], at_us: int) -> list[Bundle]:
    """What could be told, one bundle a cause: place, draft and untold facts of each candidate, best first.

    A candidate without a fact is a forecast; all forecasts together are one bundle.
    """
    causes: dict[FactId, Cause] = {}
    lines: dict[FactId, list[tuple[int, float, int | None]]] = {}
    forecast = Opening(Cause(ANTICIPATED, at_us), None)
    for place, draft, openings in going:
        score = draft.score if draft.score == draft.score else -1.0
        for opening in openings or (forecast,):
            root = opening.cause.root
            causes[root] = opening.cause
            lines.setdefault(root, []).append((place, score, opening.deadline_us))
    return [
        Bundle(
            cause,
            tuple(place for place, _, _ in lines[root]),
            min((due for _, _, due in lines[root] if due is not None), default=None),
            max(score for _, score, _ in lines[root]),
        )
        for root, cause in causes.items()
    ]


def asking(openings: tuple[Opening, ...]) -> tuple[Opening, ...]:
    """The same facts as causes of a question."""
    return tuple(o._replace(cause=replace(o.cause, root=FactId(QUESTION + o.cause.root))) for o in openings)


def newest(openings: tuple[Opening, ...]) -> Cause | None:
    """The cause of the newest opening; None without any."""
    return openings[0].cause if openings else None

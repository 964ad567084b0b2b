"""What is pushed and what waits. A pure decision; every candidate that waits has its reason (promises 1, 6, 10)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import NamedTuple

from recommender.attention import Cap, Room, room
from recommender.bundles import ANTICIPATED, QUESTION, Bundle, Draft, asking, bundles_of, newest
from recommender.candidates import Opening
from recommender.catalogue import PublicService
from recommender.decision import Cause, LegalGround, Mode, PlannedNotification, Standing, Status, Trigger, Withheld
from recommender.identifiers import FactId, NeedKey, ServiceId
from recommender.instants import DAY_US, from_us, to_us
from recommender.service_terms import Sensitivity
from recommender.stops import withheld_by

RESEARCH_REPLAY = "research_replay"
GROUNDS = frozenset({"law", "consent", RESEARCH_REPLAY})
APPLIED = "applied"
"""Said of a service that the citizen applied for since it was told: no refusal, but nobody needs reminding."""

_REVISION = 6  # raised when the decision below changes, so that a receipt's policy version tells


@dataclass(frozen=True)
class PushPolicy:
    """The push policy's numbers.

    per_day, per_week, per_month : most notifications to one citizen within any 1, 7 and 30 days, all authorities
                                   together.
    reserve_notifications  : how many more within each, for deadlines only.
    deadline_reserve_days  : days to act that a citizen should have; a deadline that comes earlier than this many days
                             after the cap lifts may use the reserve.
    service_days           : days between two notifications that name the same service, whatever their causes.
    intimate_days          : days between two notifications that name a service of the class `intimate`.
    reminder_days          : a service told earlier is told once more when its deadline is at most so many days away,
                             and it was not told within as many; 0: nobody is reminded.
    not_now_days           : how long "not now" holds.
    anticipated_again_days : how long a service told by whatever cause is not told again by a forecast.
    household_days         : how long a service told to one member of a household counts as told to the others.
    """

    per_day: int = 1
    per_week: int = 1
    per_month: int = 3
    reserve_notifications: int = 1
    deadline_reserve_days: int = 3
    service_days: int = 7
    intimate_days: int = 7
    reminder_days: int = 7
    not_now_days: int = 90
    anticipated_again_days: int = 365
    household_days: int = 365

    @cached_property
    def caps(self) -> tuple[Cap, ...]:
        return Cap(1, self.per_day), Cap(7, self.per_week), Cap(30, self.per_month)

    @cached_property
    def remembered_us(self) -> int:
        """How long what was told counts against the budget."""
        return max(30, self.service_days, self.intimate_days) * DAY_US

    @cached_property
    def content(self) -> str:
        """Canonical JSON of the numbers and of the decision's revision."""
        return json.dumps({"revision": _REVISION, **asdict(self)}, sort_keys=True)

    @cached_property
    def version(self) -> str:
        """Digest of the content."""
        return hashlib.sha256(self.content.encode()).hexdigest()[:16]


class Verdict(NamedTuple):
    """Per draft, in order: why it waits (None: pushed) and the cause it goes by; and what is pushed."""

    withheld: tuple[Withheld | None, ...]
    causes: tuple[Cause | None, ...]
    push: tuple[PlannedNotification, ...]


def may_inform(ground: LegalGround | None) -> Withheld | None:
    """Why this ground lets nobody be told; None when it does."""
    if ground is None or ground.kind not in GROUNDS:
        return Withheld.NO_LEGAL_GROUND
    return Withheld.OBJECTED if ground.objected else None


def loopback_only(ground: LegalGround) -> bool:
    """Whether only a loopback inbox may carry it: a replay of research data reaches nobody."""
    return ground.kind == RESEARCH_REPLAY


@dataclass(frozen=True)
class Moment:
    """The push decision's surroundings: the policy, when and why it is made, and what stands.

    pausing : roots of recorded events that pause everything but what answers them (a death in the household).
    """

    policy: PushPolicy
    at_us: int
    trigger: Trigger
    standing: Standing
    thresholds: Mapping[NeedKey, float]
    pausing: frozenset[FactId] = frozenset()
    mode: Mode = Mode.PERSONAL

    @cached_property
    def told(self) -> Mapping[tuple[ServiceId, FactId], list[int]]:
        """When each service was told because of each cause, in microseconds."""
        found: dict[tuple[ServiceId, FactId], list[int]] = {}
        for told in self.standing.told:
            found.setdefault((told.service_id, told.cause), []).append(told.at_us)
        return found

    @cached_property
    def goes_us(self) -> int:
        """When a notification planned now may be delivered: now, or when the citizen may be disturbed again."""
        quiet = self.standing.quiet
        return self.at_us if quiet is None else to_us(quiet.next_allowed(from_us(self.at_us)))

    @cached_property
    def room(self) -> Room:
        policy = self.policy
        return room(policy.caps, policy.reserve_notifications, self.standing.told, self.at_us)

    def decide(self, drafts: Sequence[Draft], order: Sequence[int]) -> Verdict:
        """Push at most one notification: all services of one cause, in `order` (places of the drafts, best first).

        Among causes the one with the nearest deadline goes first, then the one with the best score; forecasts come
        after every recorded fact. A score chooses what goes first, never whether an eligible triggered service is told.
        """
        if self.trigger is Trigger.REQUEST or self.mode is Mode.RULES_ONLY:
            causes = tuple(newest(draft.called.openings) for draft in drafts)
            reason = Withheld.REQUEST if self.trigger is Trigger.REQUEST else Withheld.NOT_PROFILED
            return Verdict(tuple(draft.barred or reason for draft in drafts), causes, ())
        drafts = [_as_question(draft) for draft in drafts]
        untold = [self._untold(draft) if draft.called.openings else () for draft in drafts]
        rested = self._rested(drafts)
        withheld = [self._reason(draft, openings, rested) for draft, openings in zip(drafts, untold, strict=True)]
        going = [i for i in order if withheld[i] is None]
        chosen = self._choose([(i, drafts[i], self._in_time(untold[i])) for i in going])
        for i in going:
            if chosen is None or i not in chosen.places:
                withheld[i] = Withheld.CAPPED
        found = [newest(openings or draft.called.openings) for draft, openings in zip(drafts, untold, strict=True)]
        if chosen is None:
            return Verdict(tuple(withheld), tuple(found), ())
        for i in chosen.places:
            found[i] = None if chosen.cause.root == ANTICIPATED else chosen.cause
        return Verdict(tuple(withheld), tuple(found), (self._planned(chosen, drafts),))

    def _planned(self, chosen: Bundle, drafts: Sequence[Draft]) -> PlannedNotification:
        ids = tuple(drafts[i].service.service_id for i in chosen.places)
        due = None if chosen.deadline_us is None else from_us(chosen.deadline_us)
        waits = None if self.goes_us == self.at_us else from_us(self.goes_us)
        return PlannedNotification(chosen.cause, ids, due, waits)

    def _untold(self, draft: Draft) -> tuple[Opening, ...]:
        """The facts that the citizen was not told of yet for this service, or may be reminded of now."""
        service_id = draft.service.service_id
        told = self.told
        return tuple(
            o
            for o in draft.called.openings
            if (service_id, o.cause.root) not in told or self._may_remind(service_id, o)
        )

    def _may_remind(self, service_id: ServiceId, opening: Opening) -> bool:
        """Once, before a near deadline, not on the heels of the first notification, nor after an application."""
        soon_us = self.policy.reminder_days * DAY_US
        first_us, *again = self.told[service_id, opening.cause.root]
        if opening.deadline_us is None or again or not soon_us:
            return False
        kind, said_us = self.standing.refusals.get(service_id, ("", 0))
        if kind == APPLIED and said_us >= first_us:
            return False
        return first_us + soon_us <= self.at_us and opening.deadline_us - self.goes_us <= soon_us

    def _in_time(self, openings: tuple[Opening, ...]) -> tuple[Opening, ...]:
        """Those whose deadline has not passed when the notification may be delivered, and that no event pauses."""
        return tuple(
            o
            for o in openings
            if (o.deadline_us is None or o.deadline_us >= self.goes_us)
            and (not self.pausing or o.cause.root in self.pausing)
        )

    def _reason(self, draft: Draft, untold: tuple[Opening, ...], rested: frozenset[ServiceId]) -> Withheld | None:
        """Why this candidate waits, the rules' reasons first; None when only the cap can hold it back."""
        if draft.barred is not None:
            return draft.barred
        triggered = bool(draft.called.openings)
        if draft.status is Status.NOT_ELIGIBLE:
            return Withheld.NOT_ELIGIBLE
        if draft.status is Status.UNKNOWN and not (draft.service.may_ask and triggered):
            return Withheld.ELIGIBILITY_UNKNOWN
        if not triggered and not draft.service.may_be_anticipated:
            return Withheld.WINDOW_CLOSED if draft.called.closed else Withheld.NO_CAUSE
        if not self.standing.readable:
            return Withheld.UNREADABLE
        barred = may_inform(self.standing.ground) or self._refused(draft.service)
        if barred is not None:
            return barred
        if not triggered:
            return Withheld.PAUSED if self.pausing else self._forecast_reason(draft)
        if not untold:
            return Withheld.ALREADY_TOLD
        if not self._in_time(untold):
            paused = self.pausing and not any(o.cause.root.removeprefix(QUESTION) in self.pausing for o in untold)
            return Withheld.PAUSED if paused else Withheld.TOO_LATE
        return Withheld.CAPPED if draft.service.service_id in rested else None

    def _refused(self, service: PublicService) -> Withheld | None:
        if withheld_by(self.standing.stops, service.service_id, service.authority_id):
            return Withheld.STOPPED
        if service.authority_id and service.authority_id in self.standing.objected:
            return Withheld.OBJECTED
        kind, said_us = self.standing.refusals.get(service.service_id, ("", 0))
        if kind == "not_now" and self.at_us < said_us + self.policy.not_now_days * DAY_US:
            return Withheld.NOT_NOW
        if kind not in ("", APPLIED, "not_now"):
            return Withheld.NEVER
        return Withheld.HOUSEHOLD if service.service_id in self.standing.household else None

    def _rested(self, drafts: Sequence[Draft]) -> frozenset[ServiceId]:
        """Services that the budget rests now: told lately by another cause, or intimate after an intimate one."""
        of_service = self.at_us - self.policy.service_days * DAY_US
        of_class = self.at_us - self.policy.intimate_days * DAY_US
        if not self.standing.told:
            return frozenset()
        rested = {told.service_id for told in self.standing.told if told.at_us > of_service}
        intimate = {d.service.service_id for d in drafts if d.service.sensitivity is Sensitivity.INTIMATE}
        if any(told.service_id in intimate and told.at_us > of_class for told in self.standing.told):
            rested |= intimate
        return frozenset(rested)

    def _forecast_reason(self, draft: Draft) -> Withheld | None:
        threshold = self.thresholds.get(draft.service.need_key)
        if threshold is None or not draft.score >= threshold:
            return Withheld.BELOW_THRESHOLD
        since_us = self.at_us - self.policy.anticipated_again_days * DAY_US
        told = any(t.service_id == draft.service.service_id and t.at_us > since_us for t in self.standing.told)
        return Withheld.ALREADY_TOLD if told else None

    def _choose(self, going: Sequence[tuple[int, Draft, tuple[Opening, ...]]]) -> Bundle | None:
        bundles = bundles_of(going, self.at_us)
        if bundles and not self.room.free:
            latest = self.room.lifts_us + self.policy.deadline_reserve_days * DAY_US
            spare = self.room.reserve
            bundles = [b for b in bundles if spare and b.deadline_us is not None and b.deadline_us <= latest]
        return min(bundles, key=Bundle.urgency, default=None)

    def looked_at(self, drafts: Sequence[Draft]) -> Standing:
        """The part of the standing that this decision can depend on: it is what the receipt keeps."""
        if self.trigger is Trigger.REQUEST or self.mode is Mode.RULES_ONLY:
            return Standing(self.standing.ground, readable=self.standing.readable)
        drafts = [_as_question(draft) for draft in drafts]
        roots = {opening.cause.root for draft in drafts for opening in draft.called.openings}
        foreseen = {d.service.service_id for d in drafts if d.service.may_be_anticipated and not d.called.openings}
        recent_us = self.at_us - self.policy.remembered_us
        told = (t for t in self.standing.told if t.cause in roots or t.service_id in foreseen or t.at_us > recent_us)
        named = {(d.service.service_id, d.service.authority_id) for d in drafts} if self.standing.stops else ()
        stops = {stop for stop in self.standing.stops if any(withheld_by((stop,), *each) for each in named)}
        shared = {draft.service.service_id for draft in drafts if draft.service.per_household}
        household = self.standing.household & shared
        return replace(self.standing, told=tuple(told), stops=frozenset(stops), household=household)


def _as_question(draft: Draft) -> Draft:
    """An unknown service whose authority lets the question be pushed: its facts cause a question, no entitlement."""
    if draft.status is not Status.UNKNOWN or not draft.service.may_ask or not draft.called.openings:
        return draft
    return draft._replace(called=draft.called._replace(openings=asking(draft.called.openings)))

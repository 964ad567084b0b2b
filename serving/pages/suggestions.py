"""What the inbox shows of each public service: why, by when, with what, where. Made of the API's own answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from recommender.decision import Candidate
from recommender.errors import NoChampionError, NotFoundError
from recommender.identifiers import NotificationId, ServiceId
from recommender.instants import after, local_day
from recommender.reasons import conditions
from recommender.rules_only import Picked
from serving.access.tokens import Caller
from serving.bodies.requests import FeedbackIn
from serving.bodies.service_pages import page_of
from serving.bodies.shown import ranking
from serving.database import feedback
from serving.deciding.deciding import Requested
from serving.pages.rendering import address
from serving.pages.visitors import Visitor
from serving.runtime import Herald

MOST = 100
ALSO = 5
"""Services that are shown beside what one was told of."""


@dataclass(frozen=True, slots=True)
class Card:
    """One public service as the pages show it.

    service : as `GET /v1/services/{id}` gives it.   met: the conditions met, in words.   because: the fact, in words.
    until   : the last moment to act, None: there is none, or no fact that it is counted from.
    said    : what the citizen said of it ("" : nothing).   begin: the address where it is begun, "" : not online.
    """

    service: Mapping[str, Any]
    notification_id: str = ""
    because: str = ""
    met: Sequence[str] = ()
    missing: bool = False
    until: datetime | None = None
    overdue: bool = False
    said: str = ""
    begin: str = ""

    @property
    def held(self) -> list[Mapping[str, Any]]:
        """What the authorities have already."""
        return [each for each in self.service.get("evidence", ()) if each["held_by"]]

    @property
    def to_bring(self) -> list[Mapping[str, Any]]:
        return [each for each in self.service.get("evidence", ()) if not each["held_by"]]

    @property
    def aside(self) -> bool:
        """Whether the citizen does not want to see it now."""
        return self.said in ("never", "not_now", "already_have")


class Told(NamedTuple):
    """One notification: what happened, and what follows from it."""

    about: Mapping[str, Any]
    cards: Sequence[Card]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The inbox. also: what nobody was told of, but fits; ready: False when nothing can be decided just now."""

    told: Sequence[Told]
    also: Sequence[Card]
    aside: Sequence[Card]
    question: Mapping[str, Any] | None
    last: int
    ready: bool = True


def suggestions(visitor: Visitor) -> Suggestions:
    """What is suggested to the citizen now, newest first; what they had not seen counts as seen."""
    herald, citizen = visitor.herald, visitor.citizen
    notes = herald.inbox.read(citizen, visitor.language, 0, MOST)
    made = _decided(herald, citizen)
    with herald.database.read() as conn:
        said, seen = feedback.said_of(conn, citizen)
    if visitor.may_answer and not visitor.acts_for_another:
        _note_seen(herald, visitor.caller, [n["notification_id"] for n in notes if n["notification_id"] not in seen])
    told = [Told(note, cards_of(visitor, note, made, said)) for note in reversed(notes)]
    named = {service["service_id"] for note in notes for service in note["services"]}
    also = [] if made is None else [c for c in _ranked(visitor, made) if c.service["service_id"] not in named][:ALSO]
    return Suggestions(
        [Told(each.about, [c for c in each.cards if not c.aside]) for each in told if _still(each)],
        also,
        list({c.service["service_id"]: c for each in told for c in each.cards if c.aside}.values()),
        None if made is None or not visitor.may_answer else _question(visitor, made),
        max((note["sequence"] for note in notes), default=0),
        ready=made is not None,
    )


def cards_of(
    visitor: Visitor, note: Mapping[str, Any], made: Requested | None, said: Mapping[ServiceId, str]
) -> list[Card]:
    """The services of a notification in its order; made: today's decision, for the conditions met."""
    found = {} if made is None else {each.service_id: each for each in made.decision.candidates}
    told = note["kind"] != "correction"
    return [
        card(
            visitor,
            service,
            notification_id=note["notification_id"],
            met=_met(visitor, made, found.get(ServiceId(service["service_id"]))) if told else (),
            happened=datetime.fromisoformat(note["because"]["happened_at"]) if told else None,
            said=said.get(ServiceId(service["service_id"]), ""),
        )
        for service in note["services"]
    ]


def card(visitor: Visitor, service: Mapping[str, Any], *, happened: datetime | None = None, **more: Any) -> Card:
    """One service with all that its own page tells. happened: when the fact did that its deadline is counted from."""
    herald = visitor.herald
    shown, now = full(visitor, service), herald.clock.now()
    until = None
    if happened is not None and shown.get("deadline"):
        until = after(happened, shown["deadline"], herald.wording.zone)
    return Card(shown, until=until, overdue=until is not None and until < now, begin=begin_at(shown), **more)


def full(visitor: Visitor, service: Mapping[str, Any]) -> Mapping[str, Any]:
    """The service in full by the law of today; of one that left the catalogue, what is left of its words."""
    herald = visitor.herald
    edition = herald.in_force.edition
    found = edition.catalogue.by_id.get(ServiceId(str(service["service_id"])))
    if found is None:
        return service
    words, today = edition.words, local_day(herald.clock.now(), herald.wording.zone)
    return page_of(edition.catalogue, found, dict(service), words.language(visitor.language), today)


def picked_cards(visitor: Visitor, picked: Picked) -> Sequence[Card]:
    """What rules alone say follows from what the citizen picked; no stored profile is read."""
    made = visitor.herald.decider.for_request(visitor.citizen, picked)
    return [each for each in _ranked(visitor, made) if each.because]


def _ranked(visitor: Visitor, made: Requested) -> list[Card]:
    herald = visitor.herald
    edition = herald.editions.get(made.decision.versions.catalogue)
    shown = ranking(made.decision, edition, herald.wording, language=visitor.language, k=MOST, leaving_out=made.wrong)
    return [
        card(
            visitor,
            each,
            because=each["because"][0] if each["triggered"] and each["because"] else "",
            met=each["because"][1:] if each["triggered"] else each["because"],
            missing=each["status"] == "unknown",
        )
        for each in shown
    ]


def _decided(herald: Herald, citizen: Any) -> Requested | None:
    """Today's decision; None where nothing is known of the citizen, or nothing can decide: the inbox is shown still."""
    try:
        return herald.decider.for_request(citizen)
    except (NoChampionError, NotFoundError):
        return None


def _met(visitor: Visitor, made: Requested | None, found: Candidate | None) -> Sequence[str]:
    if made is None or found is None:
        return ()
    herald = visitor.herald
    edition = herald.editions.get(made.decision.versions.catalogue)
    wording = edition.words.wording(herald.wording)
    law = edition.catalogue.by_id[found.service_id].criteria_at(local_day(made.decision.request.at, wording.zone))
    if len(law) != len(found.results):
        return ()
    spoken = edition.words.language(visitor.language)
    return conditions(law, found.results, spoken, wording, made.decision.told).met


def _question(visitor: Visitor, made: Requested) -> Mapping[str, Any] | None:
    herald = visitor.herald
    edition = herald.editions.get(made.decision.versions.catalogue)
    asked = herald.asking.question(made.decision, made.knowledge, edition, visitor.language)
    if asked is None:
        return None
    names = [edition.words.service(service, visitor.language)["name"] for service in asked["services"]]
    return {**asked, "names": names}


def _note_seen(herald: Herald, caller: Caller, notifications: Sequence[str]) -> None:
    for notification_id in notifications:
        herald.inbox.feedback(
            NotificationId(notification_id), FeedbackIn.model_validate({"kind": "impression"}), caller
        )


def _still(told: Told) -> bool:
    return any(not each.aside for each in told.cards)


def begin_at(service: Mapping[str, Any]) -> str:
    """Where it is begun online: the authority's own address for it, if that is one that may be followed."""
    ways = [c["address"] for c in service.get("channels", ()) if c["kind"] == "web" and "apply" in c["can"]]
    return next((found for found in (address(each) for each in (*ways, service.get("apply_url"))) if found), "")

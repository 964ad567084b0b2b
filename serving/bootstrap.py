"""The one place that picks concrete classes: from a descriptor and settings to a server's parts."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from recommender.breaker import Breaker
from recommender.clock import SystemClock
from recommender.identifiers import CitizenId, ModelVersion
from recommender.ports import Scorer
from recommender.reasons import Wording
from serving.access.auditing import Auditing
from serving.access.mandates import Mandates
from serving.access.tokens import CitizenTokens, Tokens
from serving.alarms import Alarms, apprise_sender
from serving.answering.answering import Answering
from serving.answering.applying import Applying
from serving.answering.asking_registers import AskingRegisters
from serving.answering.disputing import Disputing
from serving.channels.building import Building
from serving.database.catalogues import put_policy
from serving.database.connect import Database
from serving.database.erasing import erased_of
from serving.database.webhooks import subscribers
from serving.deciding.asking import Asking
from serving.deciding.deciding import Decider
from serving.deciding.grounds import Grounds, default_ground
from serving.deciding.households import Households
from serving.deciding.knowing import Knowing
from serving.deciding.picking import Picking
from serving.deciding.preferences import Preferences, QuietHours
from serving.deciding.spoken import Spoken
from serving.delivery.addresses import Addresses
from serving.delivery.announcing import Announcing
from serving.delivery.answering_back import AnsweringBack
from serving.delivery.breaking import Breaking
from serving.delivery.carrying import Carrying
from serving.delivery.confirming import Confirming, Misses
from serving.delivery.gateway import Gateway
from serving.delivery.holding import Holding
from serving.delivery.hub import Hub
from serving.delivery.inbox import Inbox
from serving.delivery.last_look import LastLook
from serving.delivery.preparing import Preparing
from serving.delivery.showing import Delivery
from serving.delivery.stopping import Stopping
from serving.delivery.webhooks import Webhooks
from serving.delivery.worklist import Worklist
from serving.intake.facts import Intake, Terms
from serving.messages.composing import Composer
from serving.metrics import Metrics
from serving.pages.openid import provider
from serving.pages.sessions import Sessions
from serving.parts import Parts
from serving.runtime import DELIVERING, FOLLOWING, PUBLISHING, Herald
from serving.settings import is_loopback
from serving.versions.challenger import Challenger
from serving.versions.champion import Champion
from serving.versions.editions import Editions
from serving.versions.engines import Engines
from serving.versions.in_force import InForce
from serving.watching import Watching
from serving.workers import Worker


def put_together(parts: Parts) -> Herald:
    """A server that is not running yet."""
    settings, clock = parts.settings, parts.clock
    metrics, hub, wording = Metrics(), Hub(), Wording(parts.zone, parts.hidden)
    database = parts.database
    editions, engines = Editions(database, parts.read, parts.languages), Engines(parts.engine_of)
    in_force = InForce(database, editions, engines, clock, metrics)
    with database.write() as conn:
        put_policy(conn, parts.policy, clock.now())
    in_force.begin(parts.found, development=settings.development)
    champion = Champion(parts.champion_folder, parts.load, engines)
    grounds = Grounds(database, clock, default_ground(parts.ground, parts.registered_ground))
    quiet = QuietHours.of(settings, parts.zone)
    asking = Asking(database, clock, {**parts.attributes, **parts.derived}, parts.hidden, parts.zone)
    made = _Made(parts, database, metrics, champion, grounds, hub, quiet, asking, in_force)
    look = made.look()
    spoken = Spoken(database, parts.registered_language)
    composer = Composer(parts.messages, in_force.edition_with, wording, parts.languages, spoken)
    addresses = made.addresses()
    hooks = Webhooks(database, parts.contacts, clock, settings.development)
    answering_back = AnsweringBack(database, clock, addresses, parts.messages)
    misses = Misses(parts.messages.code_misses_per_minute)
    worklist = Worklist(database, clock, composer, addresses, answering_back, misses, made.district)
    building = Building(parts.channels, parts.messages, addresses, worklist, hooks.secrets, settings.development)
    channels = building.channels()
    announcing = Announcing(frozenset(channels), made.code_key, addresses, subscribers)
    applying = Applying(
        database,
        clock,
        editions,
        lambda: in_force.edition.words,
        in_force.service,
        parts.zone,
        settings.follow_up_days,
    )
    decider, delivery = made.decider(), made.delivery(look, announcing)
    carriers = made.carrying(look, Preparing(composer, addresses, hooks.addressees, spoken.of_all), hooks).workers(
        tuple(channels.values()), addresses, settings.idle_poll_s
    )
    deciding = Worker("deciding", decider.step, settings.idle_poll_s)
    delivering = Worker(DELIVERING, delivery.step, settings.idle_poll_s)
    following = Worker(FOLLOWING, made.following(), settings.champion_poll_s)
    alarms = made.alarms()
    watching = Worker("watching", made.watching(alarms).step, settings.watch_poll_s)
    alarming = Worker("alarming", alarms.step, settings.watch_poll_s)
    publishing = Worker(PUBLISHING, in_force.step, settings.catalogue_poll_s)
    asking_registers = Worker("asking-registers", made.asking_registers().step, settings.idle_poll_s)
    decider.on_push = delivering.wake

    def took_up(version: str) -> None:
        metrics.took_up(version, SystemClock().now().timestamp())
        deciding.wake()

    champion.on_swap = took_up
    herald = Herald(
        settings=settings,
        wording=wording,
        editions=editions,
        in_force=in_force,
        clock=clock,
        database=database,
        champion=champion,
        tokens=made.tokens(),
        citizen_tokens=made.citizen_tokens(),
        intake=made.intake(deciding.wake),
        decider=decider,
        delivery=delivery,
        stopping=Stopping(database, clock, lambda: in_force.edition.catalogue, delivering.wake),
        grounds=grounds,
        preferences=Preferences(database, clock, quiet),
        mandates=Mandates(database, made.born, parts.zone),
        asking=asking,
        picking=Picking(parts.event_types, {**parts.attributes, **parts.derived}, parts.zone),
        inbox=Inbox(database, clock, in_force, wording, made.disputing, applying),
        addresses=addresses,
        answering_back=answering_back,
        building=building,
        webhooks=hooks,
        gateway=Gateway(parts.channels, answering_back),
        composer=composer,
        confirming=Confirming(database, in_force, misses),
        worklist=worklist,
        auditing=Auditing(database, clock, editions, wording, parts.columns, parts.locating),
        answering=Answering(
            database, clock, editions, wording, lambda: in_force.edition.words, in_force.service, spoken
        ),
        disputing=made.disputing,
        erased=erased_of(parts.mark),
        applying=applying,
        hub=hub,
        metrics=metrics,
        workers=(deciding, delivering, asking_registers, following, publishing, watching, alarming),
        carriers=carriers,
        sessions=Sessions(parts.pages, settings.token_secret.get_secret_value(), secure=not settings.development),
        openid=provider(parts.pages),
        identify=parts.identify,
        known=made.known,
    )
    delivery.on_announced = herald.wake_channels
    return herald


@dataclass(frozen=True)
class _Made:
    """Makes the parts that need others."""

    parts: Parts
    database: Database
    metrics: Metrics
    champion: Champion
    grounds: Grounds
    hub: Hub
    quiet: QuietHours
    asking: Asking
    in_force: InForce

    def known(self, citizen_id: CitizenId) -> bool:
        return self.parts.online.read(citizen_id, self.parts.clock.now()) is not None

    def born(self, citizen_id: CitizenId) -> float | None:
        known = self.parts.online.read(citizen_id, self.parts.clock.now())
        value = None if known is None else known.attributes.get(self.parts.settings.birth_date)
        return value if isinstance(value, float) else None

    def district(self, citizen_id: CitizenId) -> str:
        known = self.parts.online.read(citizen_id, self.parts.clock.now())
        value = None if known is None else known.attributes.get(self.parts.channels.counter_district)
        return value if isinstance(value, str) else ""

    @cached_property
    def disputing(self) -> Disputing:
        parts = self.parts
        addresses = frozenset(parts.settings.register_webhooks)
        attributes = frozenset(parts.attributes)
        return Disputing(
            self.database, parts.clock, parts.online, parts.disputables, attributes, addresses, self.metrics
        )

    def asking_registers(self) -> AskingRegisters:
        settings, secret = self.parts.settings, self.parts.settings.register_webhook_secret.get_secret_value()
        addresses, request = settings.register_webhooks, self.disputing.request
        return AskingRegisters(self.database, self.parts.clock, SystemClock(), addresses, secret, request)

    def decider(self) -> Decider:
        parts, settings = self.parts, self.parts.settings
        return Decider(
            self.database,
            Knowing(self.database, parts.online, parts.blank, parts.protected, self.disputing.believed),
            self.champion,
            parts.clock,
            self.metrics,
            self.grounds.default,
            self.quiet.of_citizen,
            Households(parts.contacts, parts.policy.household_days),
            settings.decide_batch,
            settings.decide_retry_s,
            lambda: self.challenger.scorer,
        )

    def following(self) -> Callable[[], bool]:
        """Looks at both aliases; the champion first, because a challenger that was promoted is none any more."""

        def step() -> bool:
            swapped = self.champion.ask(self.parts.look)
            if self.parts.settings.shadow:
                self.challenger.ask(self.parts.look_beside)
            return swapped

        return step

    @cached_property
    def challenger(self) -> Challenger:
        def fits(scorer: Scorer) -> object:
            return self.parts.engine_of(self.in_force.edition.catalogue, scorer)

        def deciding() -> ModelVersion | None:
            return self.champion.get_version() if self.champion.loaded else None

        return Challenger(self.parts.champion_folder, self.parts.load, fits, deciding)

    def alarms(self) -> Alarms:
        settings = self.parts.settings
        send = apprise_sender(settings.alarm_urls.get_secret_value())
        return Alarms(send, time.monotonic, repeat_s=settings.alarm_repeat_s, per_hour=settings.alarms_per_hour)

    def watching(self, alarms: Alarms) -> Watching:
        settings = self.parts.settings
        breaker = Breaker(settings.breaker_multiple, settings.breaker_floor, settings.breaker_days)
        breaking = Breaking(self.database, self.parts.clock, breaker)
        return Watching(self.database, breaking, alarms, lambda: self.champion.trouble)

    def delivery(self, look: LastLook, announcing: Announcing) -> Delivery:
        settings = self.parts.settings
        batch, lease_s = settings.deliver_batch, settings.deliver_lease_s
        return Delivery(self.database, self.parts.clock, self.metrics, self.hub, look, announcing, batch, lease_s)

    def carrying(self, look: LastLook, preparing: Preparing, hooks: Webhooks) -> Carrying:
        parts, settings = self.parts, self.parts.settings
        batch, lease_s = settings.deliver_batch, settings.deliver_lease_s
        return Carrying(
            self.database, parts.clock, self.metrics, look, preparing, parts.delivery, batch, lease_s, hooks.ended
        )

    @property
    def code_key(self) -> bytes:
        return self.parts.messages.key("code")

    def look(self) -> LastLook:
        return LastLook(
            self.grounds.default,
            self.quiet.of_citizen,
            Holding(self.in_force.authority_of),
            is_loopback(self.parts.settings.host),
        )

    def intake(self, wake: Callable[[], None]) -> Intake:
        parts = self.parts
        terms = Terms(parts.event_types, parts.attributes, ZoneInfo(parts.zone))
        skew_s = parts.settings.clock_skew_s
        return Intake(self.database, parts.clock, terms, self.metrics, skew_s, self.known, wake, erased_of(parts.mark))

    def addresses(self) -> Addresses:
        return Addresses(self.database, self.parts.contacts, self.parts.clock)

    def tokens(self) -> Tokens:
        settings = self.parts.settings
        return Tokens(settings.token_secret.get_secret_value(), settings.token_ttl_s, SystemClock())

    def citizen_tokens(self) -> CitizenTokens:
        settings = self.parts.settings
        secret = settings.citizen_token_secret.get_secret_value()
        return CitizenTokens(secret, settings.citizen_token_issuer, SystemClock())

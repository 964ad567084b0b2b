"""All that a running server holds, put together once by `serving.bootstrap`; routes find it in the app's state."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from recommender.catalogue import Catalogue
from recommender.clock import Clock
from recommender.errors import ErasedError, InvalidFactError, NoChampionError, NotFoundError
from recommender.identifiers import CitizenId
from recommender.reasons import Wording
from serving.access.auditing import Auditing
from serving.access.mandates import Mandates
from serving.access.tokens import CitizenTokens, Tokens
from serving.answering.answering import Answering
from serving.answering.applying import Applying
from serving.answering.disputing import Disputing
from serving.channels.building import Building
from serving.database.connect import Database
from serving.database.erasing import ErasedOf
from serving.deciding.asking import Asking
from serving.deciding.deciding import Decider
from serving.deciding.grounds import Grounds
from serving.deciding.picking import Picking
from serving.deciding.preferences import Preferences
from serving.delivery.addresses import Addresses
from serving.delivery.answering_back import AnsweringBack
from serving.delivery.carrying import worker_of
from serving.delivery.confirming import Confirming
from serving.delivery.gateway import Gateway
from serving.delivery.hub import Hub
from serving.delivery.inbox import Inbox
from serving.delivery.showing import Delivery
from serving.delivery.stopping import Stopping
from serving.delivery.webhooks import Webhooks
from serving.delivery.worklist import Worklist
from serving.intake.facts import Intake
from serving.messages.composing import Composer
from serving.metrics import Metrics
from serving.pages.openid import OpenId
from serving.pages.sessions import Sessions
from serving.settings import ServingSettings
from serving.versions.champion import Champion
from serving.versions.editions import Editions
from serving.versions.in_force import InForce
from serving.workers import Worker

FOLLOWING = "following-champion"
DELIVERING, PUBLISHING = "delivering", "following-catalogue"
MLFLOW_AFTER_S = 3.0


@dataclass(frozen=True)
class Herald:
    """The parts of one running server.

    identify : the citizen behind a register number; see `serving.bootstrap`.
    known    : whether anything is known about a citizen.
    carriers : the workers of the channels beside the inbox.
    openid   : who signs citizens in on the pages; None: nobody does.
    """

    settings: ServingSettings
    wording: Wording
    editions: Editions
    in_force: InForce
    clock: Clock
    database: Database
    champion: Champion
    tokens: Tokens
    citizen_tokens: CitizenTokens
    intake: Intake
    decider: Decider
    grounds: Grounds
    preferences: Preferences
    mandates: Mandates
    asking: Asking
    picking: Picking
    delivery: Delivery
    stopping: Stopping
    inbox: Inbox
    auditing: Auditing
    addresses: Addresses
    answering_back: AnsweringBack
    building: Building
    webhooks: Webhooks
    answering: Answering
    disputing: Disputing
    erased: ErasedOf
    applying: Applying
    composer: Composer
    gateway: Gateway
    confirming: Confirming
    hub: Hub
    metrics: Metrics
    worklist: Worklist
    workers: tuple[Worker, ...]
    carriers: tuple[Worker, ...]
    sessions: Sessions
    openid: OpenId | None
    identify: Callable[[str], CitizenId]
    known: Callable[[CitizenId], bool]

    @property
    def catalogue(self) -> Catalogue:
        """The version in force now."""
        return self.in_force.edition.catalogue

    @property
    def mode(self) -> str:
        return "development" if self.settings.development else "production"

    def start(self) -> None:
        """Start the workers; streams live on the running loop."""
        self.hub.start(asyncio.get_running_loop())
        self.intake.unpark_known()
        self.decider.recompute()
        self.disputing.raised()
        self.decider.knowing.protect_listed(self.clock.now())
        for worker in (*self.workers, *self.carriers):
            # asking the registry imports MLflow, seconds of work: with a local champion the first answers go before it
            later = worker.name == FOLLOWING and self.champion.loaded
            worker.start(MLFLOW_AFTER_S if later else 0.0)

    def stop(self) -> None:
        """End streams and workers after the step in hand, then let go of the database."""
        self.hub.stop()
        for worker in (*self.workers, *self.carriers):
            worker.stop()
        self.database.close()

    def wake_channels(self, channels: Sequence[str]) -> None:
        """There may be something to carry by these channels."""
        names = {worker_of(channel) for channel in channels}
        for worker in self.carriers:
            if worker.name in names:
                worker.wake()

    def check_not_erased(self, citizen_id: CitizenId) -> None:
        """Return unless the citizen was erased: nothing begins anew by their own sign-in. Raises ErasedError."""
        with self.database.read() as conn:
            if self.erased(conn, citizen_id):
                raise ErasedError("nothing is held about this person", mend="an erasure is for good")

    def check_known(self, citizen_id: CitizenId) -> None:
        """Return when anything is known about the citizen. Raises NotFoundError."""
        if not self.known(citizen_id):
            raise NotFoundError(
                "no citizen of that number is known here", mend="send attributes of the citizen, or ingest the register"
            )

    def check_authority(self, authority: str | None) -> None:
        """Return when the catalogue knows the authority, or none is named. Raises InvalidFactError."""
        known = self.catalogue.authorities
        if authority is not None and authority not in known:
            raise InvalidFactError(f"no authority {authority!r} is in the catalogue", mend=f"known: {', '.join(known)}")

    def readiness(self) -> tuple[dict[str, str], str]:
        """Each part's state in words, and how to mend what is missing; "" when nothing is."""
        mend = ""
        try:
            checks = {"champion": _with_trouble(f"version {self.champion.get_version()}", self.champion.trouble)}
        except NoChampionError as error:
            checks = {"champion": error.message}
            mend = str(error)
        using = f"version {self.catalogue.version[:12]}"
        checks["catalogue"] = _with_trouble(using, self.in_force.trouble)
        checks["database"] = self.database.state()
        if checks["database"] != "readable":
            mend = mend or f"the operational database is {checks['database']}"
        dead = [worker.name for worker in (*self.workers, *self.carriers) if not worker.alive]
        checks["workers"] = f"not running: {', '.join(dead)}" if dead else "running"
        return checks, mend or (f"workers {', '.join(dead)} ended; restart the server" if dead else "")


def _with_trouble(using: str, trouble: str) -> str:
    return f"{using}; refused since: {trouble}" if trouble else using


async def running_herald(request: Request) -> Herald:
    """The server's parts. Async although it waits for nothing: FastAPI would give a plain function a thread."""
    return cast(Herald, request.app.state.herald)


RunningHerald = Annotated[Herald, Depends(running_herald)]

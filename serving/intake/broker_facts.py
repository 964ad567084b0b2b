"""A fact that came by a broker: the same checks, the same log and the same answers as by HTTP."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import ValidationError
from starlette.responses import Response

from recommender.errors import ForbiddenError, InvalidFactError, RequestError
from recommender.identifiers import CitizenId
from serving import problems
from serving.access.citizens import linked_citizen
from serving.access.scopes import Scope
from serving.access.tokens import Caller
from serving.bodies.requests import AttributesIn, LifeEventIn, OfCitizen
from serving.database import clients
from serving.database.connect import Database
from serving.intake.facts import Intake

log = logging.getLogger("herald.intake")

LIFE_EVENTS, ATTRIBUTES = "life-events", "attributes"


class Taken(NamedTuple):
    """What the sender is told: the body that HTTP would answer. dead: it was not taken, and never will be as it is."""

    answer: dict[str, Any]
    dead: bool


@dataclass(frozen=True, slots=True)
class BrokerIntake:
    """Takes facts of portals. The broker has checked who may send on a portal's subject; scopes are checked here.

    identify : the citizen behind a register number.
    """

    database: Database
    intake: Intake
    identify: Callable[[str], CitizenId]
    limit_bytes: int

    def take(self, portal: str, kind: str, content: bytes) -> Taken:
        """The fact is in the log when this returns with a fact's answer; the same one again gets the first answer.

        Raises what is not the sender's to mend (WorkspaceError): then nothing was taken, and it is to be tried again.
        """
        try:
            return Taken(self._take(portal, kind, content), dead=False)
        except ValidationError as error:
            errors = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
            return Taken(_body(problems.of_malformed(errors)), dead=True)
        except RequestError as error:
            return Taken(_body(problems.of_error(error)), dead=True)

    def _take(self, portal: str, kind: str, content: bytes) -> dict[str, Any]:
        caller = self._caller(portal)
        if len(content) > self.limit_bytes:
            raise InvalidFactError(
                f"the message is longer than {self.limit_bytes} bytes", mend="send one fact a message"
            )
        if kind == LIFE_EVENTS:
            event = LifeEventIn.model_validate(_read(content))
            taken = self.intake.life_event(event, self._citizen(caller, event), portal)
        elif kind == ATTRIBUTES:
            told = AttributesIn.model_validate(_read(content))
            taken = self.intake.attributes(told, self._citizen(caller, told), portal)
        else:
            raise InvalidFactError("no such kind of fact", mend=f"the subject ends in {LIFE_EVENTS} or {ATTRIBUTES}")
        return taken.model_dump(mode="json")

    def _caller(self, portal: str) -> Caller:
        with self.database.read() as conn:
            scopes = clients.find(conn, portal)
        if scopes is None or Scope.FACTS.value not in scopes:
            raise ForbiddenError(
                "the subject names no portal that may send facts", mend="herald client add … --scope facts:write"
            )
        return Caller(portal, scopes)

    def _citizen(self, caller: Caller, body: OfCitizen) -> CitizenId:
        if body.register_number is not None:
            return self.identify(body.register_number)
        return linked_citizen(self.database, caller, body.citizen_id or "")


def _read(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InvalidFactError("the message is not JSON", mend="send what POST /v1/life-events takes") from error


def _body(response: Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(response.body))
    return found

"""Who is at the browser: a sealed cookie, so that any worker can answer and nothing is kept of who looked when.

Times are the system's, in seconds since 1970, never a simulated clock's: sessions belong to people and machines.
"""

from dataclasses import asdict, dataclass, replace
from secrets import token_urlsafe

from starlette.requests import Request
from starlette.responses import Response

from recommender.clock import SystemClock
from recommender.errors import NotSignedInError
from recommender.identifiers import CitizenId
from serving.access.scopes import CITIZEN
from serving.access.tokens import Caller
from serving.pages.sealing import Seal
from serving.pages.settings import PagesSettings

INBOX = "inbox"
"""The portal's name of these pages: what is said here is recorded as said by it. No client can be named so."""
DOOR_S = 600
"""Seconds for which somebody may be on the way through a sign-in."""


@dataclass(frozen=True, slots=True)
class Session:
    """A citizen who signed in. mandate: under which they act for another one; csrf: what every form of theirs holds."""

    citizen_id: str
    signed_in_s: float
    began_s: float
    seen_s: float
    csrf: str
    mandate: str | None = None

    def caller(self) -> Caller:
        """Themselves, with what a citizen's own token allows."""
        return Caller(INBOX, CITIZEN, CitizenId(self.citizen_id), self.signed_in_s)


@dataclass(frozen=True, slots=True)
class Door:
    """Somebody on the way in: what the provider must bring back, and where they wanted to go."""

    csrf: str
    began_s: float
    back: str = "/inbox"
    state: str = ""
    nonce: str = ""
    verifier: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Sessions:
    """Reads and writes the two cookies. secure: outside development, when they travel by https alone."""

    settings: PagesSettings
    secret: str
    secure: bool

    @property
    def name(self) -> str:
        return "__Host-herald" if self.secure else "herald"

    def begin(self, citizen_id: CitizenId, signed_in_s: float) -> Session:
        """A new session with a new csrf token, whoever was here before."""
        now = _now()
        return Session(citizen_id, signed_in_s, now, now, token_urlsafe(24))

    def read(self, request: Request) -> Session:
        """Raises NotSignedInError when there is none, or its time is over."""
        held = self._seal("session").open(request.cookies.get(self.name, ""))
        if held is None:
            raise NotSignedInError("nobody is signed in", mend="sign in")
        found, now = Session(**held), _now()
        if now - found.seen_s > self.settings.idle_s or now - found.began_s > self.settings.longest_s:
            raise NotSignedInError("the sign-in is over", mend="sign in again")
        return found

    def keep(self, answer: Response, session: Session) -> None:
        """Send it to the browser, seen now."""
        held = asdict(replace(session, seen_s=_now()))
        self._set(answer, self.name, self._seal("session").close(held), self.settings.longest_s)

    def end(self, answer: Response) -> None:
        """The browser forgets both cookies."""
        for name in (self.name, f"{self.name}-door"):
            answer.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="lax")

    def door(self, request: Request) -> Door | None:
        """Who is on the way in; None: nobody, or for too long."""
        held = self._seal("door").open(request.cookies.get(f"{self.name}-door", ""))
        found = None if held is None else Door(**held)
        return None if found is None or _now() - found.began_s > DOOR_S else found

    def open_door(self, answer: Response, door: Door) -> None:
        """Remember who is on the way in."""
        self._set(answer, f"{self.name}-door", self._seal("door").close(asdict(door)), DOOR_S)

    def new_door(self, back: str, *, again: bool = False) -> Door:
        """Somebody comes. back: an address of these pages, checked here; again: they are to prove themselves anew."""
        marks = (token_urlsafe(24) for _ in range(3))
        return Door(token_urlsafe(24), _now(), local(back), next(marks), next(marks), token_urlsafe(48), again)

    def _seal(self, kind: str) -> Seal:
        return Seal.of(self.secret, kind)

    def _set(self, answer: Response, name: str, value: str, seconds: int) -> None:
        answer.set_cookie(name, value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="lax")


def local(address: str) -> str:
    """The address when it is one of these pages, else the inbox: nobody is sent elsewhere by a forged link."""
    plain = address.isascii() and address.isprintable() and not set(address) & set('\\"<>')
    inside = address.partition("?")[0].rstrip("/") == "/inbox" or address.startswith("/inbox/")
    return address if plain and inside and "//" not in address and len(address) < 300 else "/inbox"


def _now() -> float:
    return SystemClock().now().timestamp()

"""Pages from templates: every value is shown as text, and no page runs, loads or sends anything that is not its own."""

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from recommender.reasons import day_words
from serving.pages.texts import texts_in
from serving.pages.visitors import Visitor

HERE = Path(__file__).parent
ASSETS = HERE / "assets"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "worker-src 'self'; form-action 'self' {leave}; base-uri 'none'; frame-ancestors 'none'"
)


def page(visitor: Visitor, template: str, *, status: int = 200, **shown: Any) -> Response:
    """A page for who is signed in."""
    herald, session = visitor.herald, visitor.session
    known = {
        "visitor": visitor,
        "csrf": session.csrf,
        "path": f"/inbox/{template}".removesuffix("/now"),
        "zone": herald.wording.zone,
        "development": herald.settings.development,
    }
    return outside(template, visitor.language, status=status, spoken=visitor.spoken, **{**known, **shown})


def outside(template: str, language: str, *, status: int = 200, **shown: Any) -> Response:
    """A page for whoever comes."""
    return HTMLResponse(render(f"{template}.html.j2", language, **shown), status)


def render(template: str, language: str, **shown: Any) -> str:
    """A template's text. shown: what it names; it may name nothing else."""
    told = {"visitor": None, "development": False, "zone": "UTC", "path": "", "spoken": (), **shown}
    return environment().get_template(template).render(t=texts_in(language), language=language, asset=asset, **told)


@cache
def environment() -> Environment:
    """Templates, escaped whatever they are called; a name that is not given is an error, not a blank."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(address=address, day=day, clock=clock, phone=phone)
    return made


@cache
def asset(name: str) -> str:
    """The address of a file beside the pages; it changes with the file, so that browsers may keep it for good."""
    digest = hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:12]
    return f"/inbox/assets/{name}?v={digest}"


def address(given: object) -> str:
    """An address that may be followed: https, http, or "" for any other (a catalogue may hold `javascript:`)."""
    text = str(given or "").strip()
    try:
        found = urlsplit(text)
    except ValueError:
        return ""
    return text if found.scheme in ("https", "http") and found.hostname and text.isprintable() else ""


def phone(given: object) -> str:
    """The number as a `tel:` address takes it."""
    return "".join(c for c in str(given or "") if c in "+0123456789")


def day(given: object, language: str, zone: str) -> str:
    """A day as people write it, of an instant in ISO 8601."""
    return day_words(_instant(given), language, zone) if given else ""


def clock(given: object, language: str, zone: str) -> str:
    """A day and the time of day."""
    return f"{day(given, language, zone)} {_instant(given).astimezone(ZoneInfo(zone)):%H:%M}" if given else ""


def _instant(given: object) -> datetime:
    return given if isinstance(given, datetime) else datetime.fromisoformat(str(given))


def protect(answer: Response, leave_to: str, *, secure: bool) -> None:
    """The headers that every page has."""
    found = urlsplit(leave_to)
    headers = {
        "Content-Security-Policy": _POLICY.format(leave=f"{found.scheme}://{found.netloc}"),
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }
    if secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    for name, value in headers.items():
        answer.headers.setdefault(name, value)

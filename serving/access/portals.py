"""Portals are OAuth2 clients: registering, renewing and ending one, and in development a citizen's token."""

import re
from collections.abc import Sequence
from pathlib import Path
from secrets import token_urlsafe

from recommender.adapters.settings import read_settings
from recommender.clock import SystemClock
from recommender.errors import NotFoundError, SettingsError
from serving.access.tokens import CitizenTokens
from serving.database import clients, webhooks
from serving.database.clients import Client
from serving.place import open_operational
from serving.settings import ServingSettings

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")


def add_portal(descriptor_file: Path, var: Path | None, name: str, scopes: list[str]) -> str:
    """Register a portal and return its secret, of which only a hash is kept.

    Raises SettingsError for a name that does not do, ConflictError when the name is taken.
    """
    if not _NAME.match(name):
        raise SettingsError(f"{name!r} is no client id", mend="use letters, digits, '.', '_', '-', at most 64")
    settings = read_settings(ServingSettings)
    secret = token_urlsafe(32)
    with open_operational(descriptor_file, var, settings) as database, database.write() as conn:
        clients.add(conn, name, secret, frozenset(scopes), SystemClock().now())
    return secret


def list_portals(descriptor_file: Path, var: Path | None) -> Sequence[Client]:
    """All portals by name, the ended ones too."""
    with open_operational(descriptor_file, var, read_settings(ServingSettings)) as database, database.read() as conn:
        return clients.list_clients(conn)


def renew_portal(descriptor_file: Path, var: Path | None, name: str) -> str:
    """Another secret for a portal, ended or not; the one before opens nothing from now on. Raises NotFoundError."""
    secret = token_urlsafe(32)
    with open_operational(descriptor_file, var, read_settings(ServingSettings)) as database, database.write() as conn:
        if not clients.renew(conn, name, secret):
            raise _unknown(name)
    return secret


def end_portal(descriptor_file: Path, var: Path | None, name: str) -> int:
    """The portal signs in no more and is called no more. Seconds until its last token ends. Raises NotFoundError."""
    settings = read_settings(ServingSettings)
    with open_operational(descriptor_file, var, settings) as database, database.write() as conn:
        if not clients.end(conn, name):
            raise _unknown(name)
        webhooks.end(conn, name, "the portal was ended", SystemClock().now())
    return settings.token_ttl_s


def _unknown(name: str) -> NotFoundError:
    return NotFoundError(f"no portal {name!r} is registered", mend="herald client list shows them")


def development_citizen_token(register_number: str, minutes: int) -> str:
    """A citizen's own token as an identity provider would issue it. Raises SettingsError outside development mode."""
    settings = read_settings(ServingSettings)
    if not settings.development:
        raise SettingsError(
            "citizens' own tokens come from the identity provider outside development mode",
            mend="on your own machine set HERALD_SERVING_DEVELOPMENT=true",
        )
    secret = settings.citizen_token_secret.get_secret_value()
    return CitizenTokens(secret, settings.citizen_token_issuer, SystemClock()).issue(register_number, minutes * 60)

"""Portals are OAuth2 clients: registering one, and in development a citizen's own token to try things with."""

import re
from pathlib import Path
from secrets import token_urlsafe

from recommender.adapters.settings import read_settings
from recommender.clock import SystemClock
from recommender.errors import SettingsError
from serving.access.tokens import CitizenTokens
from serving.database import clients
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

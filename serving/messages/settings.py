"""Settings of what citizens read: the section `messages`, HERALD_MESSAGES_… in the environment."""

import hashlib
import hmac
from typing import ClassVar

from pydantic import Field, SecretStr

from recommender.adapters.settings import Section, section_config
from recommender.errors import SettingsError
from serving.settings import DEVELOPMENT_SECRET, SHORTEST_SECRET

NO_PORTAL = "https://portal.example"


class MessageSettings(Section):
    """Who writes, where the one link leads, and the secret that codes and reply addresses are made with."""

    section: ClassVar[str] = "messages"
    model_config = section_config("MESSAGES")

    portal_url: str = Field(
        NO_PORTAL,
        pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9/_.-]*)?$",
        max_length=100,
        description="the portal's one address, the only link in any message; https outside development",
    )
    sender: dict[str, str] = Field(
        {"en": "Public Services", "zh": "公共服务"},
        description="who writes, by language, as JSON; shown as sender of an e-mail and at the head of an SMS",
    )
    hotline: str = Field(
        "", max_length=40, description="telephone number that confirms codes, named in messages; empty: none is named"
    )
    secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        description="key of messages' codes and one-click addresses, at least 32 characters; a secret, never changed",
    )
    code_misses_per_minute: int = Field(
        20, ge=1, description="wrong codes a minute after which a portal's questions about codes wait"
    )

    def key(self, purpose: str) -> bytes:
        """A key for one purpose, derived from the secret."""
        return hmac.digest(self.secret.get_secret_value().encode(), f"herald:{purpose}".encode(), hashlib.sha256)


def check_safe_messages(settings: MessageSettings, *, development: bool) -> None:
    """Return when real people may get messages so. Raises SettingsError naming what is unsafe."""
    if development:
        return
    secret = settings.secret.get_secret_value()
    if secret == DEVELOPMENT_SECRET or len(secret) < SHORTEST_SECRET:
        raise SettingsError(
            f"[messages] secret is the default, or under {SHORTEST_SECRET} characters, outside development mode",
            mend="set HERALD_MESSAGES_SECRET to a random secret and keep it: codes sent before are made with it",
        )
    if settings.portal_url == NO_PORTAL or not settings.portal_url.startswith("https://"):
        raise SettingsError(
            f"[messages] portal_url {settings.portal_url} is no address for citizens",
            mend="set HERALD_MESSAGES_PORTAL_URL to the portal's https address",
        )

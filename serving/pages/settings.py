"""Settings of the citizens' pages: the section `pages`, HERALD_PAGES_… in the environment."""

from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from recommender.adapters.settings import Section, section_config
from recommender.errors import SettingsError
from serving.settings import is_loopback


class PagesSettings(Section):
    """Who vouches for citizens who open the pages, and for how long."""

    section: ClassVar[str] = "pages"
    model_config = section_config("PAGES")

    issuer: str = Field("", description="address of the OpenID provider that signs citizens in; empty: none")
    client_id: str = Field("", description="what that provider calls this server")
    client_secret: SecretStr = Field(SecretStr(""), description="this server's secret at that provider; a secret")
    number_claim: str = Field("sub", description="claim of its ID token that holds the citizen's register number")
    public_url: str = Field("", description="address of this server as browsers know it, for the way back from sign-in")
    idle_s: int = Field(1800, ge=60, description="seconds without a page after which one has to sign in again")
    longest_s: int = Field(28_800, ge=300, description="seconds after a sign-in for which it holds at most")
    leave_to: str = Field(
        "https://www.bing.com/", description="harmless https page that the leave-quickly button opens"
    )


def check_pages(settings: PagesSettings) -> None:
    """Return when sign-in can work and travels encrypted. Raises SettingsError."""
    if settings.issuer and not (settings.client_id and settings.public_url):
        raise SettingsError(
            "[pages] an issuer is set without client_id or public_url", mend="set both, as the provider registered them"
        )
    for name in ("issuer", "public_url", "leave_to"):
        found = urlsplit(getattr(settings, name))
        if found.scheme not in ("", "https") and not is_loopback(found.hostname or ""):
            raise SettingsError(f"[pages] {name} is not an https address", mend=f"set HERALD_PAGES_{name.upper()}")

"""Settings of the feature store: section `[features]`, `HERALD_FEATURES_…` in the environment."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from recommender.adapters.settings import Section, section_config
from recommender.errors import SettingsError

DEVELOPMENT_KEY = "herald-development-identity-key"


class FeatureSettings(Section):
    """Where features are kept and how a register number becomes a pseudonym."""

    section: ClassVar[str] = "features"
    model_config = section_config("FEATURES")

    var: Path = Field(Path("var"), description="Folder for local state, one folder a dataset in it.")
    online_store: Literal["sqlite", "redis"] = Field("sqlite", description="Where online features are kept.")
    redis_url: str = Field("localhost:6379", description="host:port of Redis, when online_store is redis.")
    development: bool = Field(False, description="Allow the built-in identity key; never with real register numbers.")
    identity_key: SecretStr = Field(
        SecretStr(DEVELOPMENT_KEY), description="Secret of at least 16 bytes that hashes register numbers."
    )

    def key(self) -> bytes:
        """The identity key. Raises SettingsError for the built-in one outside development."""
        key = self.identity_key.get_secret_value()
        if key == DEVELOPMENT_KEY and not self.development:
            raise SettingsError(
                "register numbers would be hashed with the built-in key",
                mend="set HERALD_FEATURES_IDENTITY_KEY, or HERALD_FEATURES_DEVELOPMENT=true on a laptop",
            )
        return key.encode()

"""Settings of the server: the section `serving`, HERALD_SERVING_… in the environment."""

from datetime import time
from ipaddress import ip_address
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, Field, SecretStr

from recommender.adapters.settings import Section, section_config
from recommender.errors import SettingsError

DEVELOPMENT_SECRET = "development-only-secret-of-herald-never-in-production"
SHORTEST_SECRET = 32


class ServingSettings(Section):
    """How the server listens, signs in, decides, delivers and what time it is."""

    section: ClassVar[str] = "serving"
    model_config = section_config("SERVING")

    development: bool = Field(
        False, description="true: default secrets are allowed, on a loopback address only, and every page says so"
    )
    host: str = Field("127.0.0.1", description="address to listen on; only a loopback address in development mode")
    port: int = Field(8000, ge=0, le=65535, description="TCP port to listen on; 0 takes a free one")
    database_url: str = Field(
        "", description="SQLAlchemy address of the operational database; empty: SQLite in the workspace"
    )
    mlflow_uri: str = Field("", description="address of the MLflow tracking server; empty: SQLite beside the workspace")
    token_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET), description="key that signs access tokens, at least 32 characters; a secret"
    )
    token_ttl_s: int = Field(900, ge=30, le=86_400, description="seconds for which an access token is valid")
    citizen_token_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        description="key that signs citizens' own tokens, at least 32 characters; a secret",
    )
    citizen_token_issuer: str = Field(
        "herald-development", description="issuer (iss) of citizens' own tokens, checked at token exchange"
    )
    clock_start: AwareDatetime | None = Field(
        None, description="ISO 8601 instant with an offset at which a simulated clock starts; empty: the system's clock"
    )
    clock_skew_s: float = Field(
        300.0, ge=0, description="seconds by which a fact may lie in the future because clocks differ"
    )
    body_limit_bytes: int = Field(65_536, ge=1024, description="bytes of a request's body above which it is refused")
    request_timeout_s: float = Field(
        15.0, gt=0, description="seconds within which a request's headers, and then its body, must have come whole"
    )
    streams_each: int = Field(10, ge=1, description="inbox streams that one citizen may hold open on one server")
    decide_batch: int = Field(64, ge=1, description="facts read from the queue of undecided ones at a time")
    decide_retry_s: float = Field(5.0, gt=0, description="seconds after which a decision that failed is tried again")
    deliver_batch: int = Field(32, ge=1, description="outbox rows claimed at a time")
    deliver_lease_s: float = Field(30.0, gt=0, description="seconds after which a claimed row counts as abandoned")
    idle_poll_s: float = Field(
        1.0, gt=0, description="seconds between looks at a queue that nothing woke: another process may have filled it"
    )
    stream_heartbeat_s: float = Field(15.0, gt=0, description="seconds between heartbeats of an open inbox stream")
    champion_poll_s: float = Field(5.0, gt=0, description="seconds between looks at the alias `champion` in MLflow")
    shadow: bool = Field(
        True, description="false: a version under the alias `challenger` is not scored beside the champion"
    )
    catalogue_poll_s: float = Field(
        1.0, gt=0, description="seconds between looks at the publications of the catalogue in the database"
    )
    push_per_day: int = Field(1, ge=0, description="most notifications to one citizen within a day")
    push_per_week: int = Field(1, ge=0, description="most notifications to one citizen within any 7 days")
    push_per_month: int = Field(3, ge=0, description="most notifications to one citizen within any 30 days")
    push_reserve: int = Field(1, ge=0, description="notifications more within each of these, for deadlines only")
    push_reserve_days: int = Field(
        3, ge=0, description="days to act: a deadline nearer than this after the pause may use the reserve"
    )
    push_service_days: int = Field(7, ge=0, description="days between two notifications that name one service")
    push_intimate_days: int = Field(
        7, ge=0, description="days between two notifications that name a service of the class `intimate`"
    )
    push_reminder_days: int = Field(
        7, ge=0, description="days before a deadline within which a citizen is reminded once; 0: nobody is"
    )
    push_not_now_days: int = Field(90, ge=0, description="days for which a citizen's `not now` holds")
    push_again_days: int = Field(
        365, ge=0, description="days for which a forecast does not repeat what a citizen was told"
    )
    push_household_days: int = Field(
        365, ge=0, description="days for which a service told to one member of a household counts as told to the others"
    )
    quiet_from: time = Field(time(21), description="when quiet hours begin as long as a citizen says nothing, HH:MM")
    quiet_to: time = Field(time(8), description="when they end; equal to quiet_from: there are none")
    quiet_country: str = Field(
        "", description="ISO 3166 code of the country whose public holidays are quiet days; empty: none"
    )
    quiet_region: str = Field("", description="region of that country whose holidays count too")
    birth_date: str = Field(
        "birth_date", description="date attribute by which a child comes of age: a guardian's mandate ends then"
    )
    breaker_multiple: float = Field(
        10.0,
        ge=0,
        description="times its usual hourly pushes at which a service is stopped until a person looks; 0: none is",
    )
    breaker_floor: int = Field(50, ge=1, description="pushes an hour that count as usual for every service")
    breaker_days: int = Field(28, ge=1, description="days before, at the same hour, that say what is usual")
    watch_poll_s: float = Field(5.0, gt=0, description="seconds between looks at what operators are woken for")
    alarm_urls: SecretStr = Field(
        SecretStr(""),
        description="where alarms go: Apprise addresses divided by blanks; empty: the log alone; a secret",
    )
    alarm_repeat_s: float = Field(21_600.0, gt=0, description="seconds for which the same alarm is not sent again")
    alarms_per_hour: int = Field(20, ge=1, description="most alarms sent within an hour")
    follow_up_days: int = Field(
        30, ge=0, description="days after a push of which nothing was heard until a citizen is asked once; 0: nobody is"
    )
    register_webhooks: dict[str, str] = Field(
        {}, description="address at which each register is asked to correct what a citizen disputes, as JSON"
    )
    register_webhook_secret: SecretStr = Field(
        SecretStr(""), description="whsec_… in base64, signs what registers are asked (Standard Webhooks); a secret"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least level of log lines written"
    )


def check_safe(settings: ServingSettings) -> None:
    """Return when the secrets and the address fit the mode. Raises SettingsError otherwise."""
    _check_registers(settings)
    if settings.development:
        if not is_loopback(settings.host):
            raise SettingsError(
                f"[serving] host {settings.host} is not a loopback address, and development mode is on",
                mend="set HERALD_SERVING_DEVELOPMENT=false and the secrets, or listen on 127.0.0.1",
            )
        return
    for name in ("token_secret", "citizen_token_secret"):
        secret = getattr(settings, name).get_secret_value()
        if secret == DEVELOPMENT_SECRET or len(secret) < SHORTEST_SECRET:
            raise SettingsError(
                f"[serving] {name} is the default, or under {SHORTEST_SECRET} characters, outside development mode",
                mend=f"set HERALD_SERVING_{name.upper()} to a random secret, or HERALD_SERVING_DEVELOPMENT=true",
            )


def _check_registers(settings: ServingSettings) -> None:
    """What a citizen disputes is sent signed, and in the clear to this machine only. Raises SettingsError."""
    secret = settings.register_webhook_secret.get_secret_value()
    if settings.register_webhooks and not secret.startswith("whsec_"):
        raise SettingsError(
            "[serving] register_webhooks are set without a register_webhook_secret",
            mend="set HERALD_SERVING_REGISTER_WEBHOOK_SECRET to whsec_ and 32 random bytes in base64",
        )
    for register, address in settings.register_webhooks.items():
        found = urlsplit(address)
        if found.scheme != "https" and not (found.scheme == "http" and is_loopback(found.hostname or "")):
            raise SettingsError(
                f"[serving] register_webhooks: {register} is not asked over https", mend="give an https address"
            )


def is_loopback(host: str) -> bool:
    """Whether `host` reaches this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

"""Settings of the channels: the section `channels`, HERALD_CHANNELS_… in the environment."""

from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from recommender.adapters.settings import Section, section_config


class ChannelSettings(Section):
    """Which providers carry messages; a channel without its address is off."""

    section: ClassVar[str] = "channels"
    model_config = section_config("CHANNELS")

    api_url: str = Field(
        "http://127.0.0.1:8000",
        pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$",
        description="public address of this API: one-click unsubscribing leads there",
    )
    webhooks: bool = Field(True, description="whether portals that ask for it are called when a notification is shown")
    webhook_timeout_s: float = Field(10.0, gt=0, le=60, description="seconds for a whole call of a portal's webhook")
    email_host: str = Field("", description="SMTP server that sends e-mail; empty: no e-mail is sent")
    email_port: int = Field(587, ge=1, le=65535, description="TCP port of the SMTP server")
    email_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="how the SMTP connection is encrypted; none only on this machine"
    )
    email_ca_file: str = Field(
        "", description="PEM file of the authority that signed its certificate; empty: known ones"
    )
    email_user: str = Field("", description="name to sign in to the SMTP server; empty: without signing in")
    email_password: SecretStr = Field(SecretStr(""), description="password for the SMTP server; a secret")
    email_from: str = Field(
        "noreply@portal.example",
        pattern=r"^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$",
        description="address that e-mail comes from; nobody reads replies",
    )
    push_hosts: tuple[str, ...] = Field(
        ("fcm.googleapis.com", "push.services.mozilla.com", "web.push.apple.com", "notify.windows.com"),
        description="push services of browsers, as JSON: no other address is called because a browser says so",
    )
    push_private_key: SecretStr = Field(
        SecretStr(""),
        description="VAPID key (`herald notify push-key`), base64url; empty: no Web Push; a secret",
    )
    push_contact: str = Field(
        "mailto:noreply@portal.example",
        pattern=r"^(mailto:|https://)\S+$",
        description="whom a push service turns to (sub of VAPID)",
    )
    push_ttl_s: int = Field(604_800, ge=0, description="seconds for which a push service keeps a message for a browser")
    push_timeout_s: float = Field(10.0, gt=0, le=120, description="seconds to wait for a push service")
    sms_url: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="address of the SMS gateway; empty: no SMS is sent",
    )
    sms_secret: SecretStr = Field(
        SecretStr(""),
        description="key shared with the SMS gateway, signs both ways; a secret",
    )
    sms_timeout_s: float = Field(10.0, gt=0, le=120, description="seconds to wait for the SMS gateway")
    letter_folder: str = Field(
        "", description="folder in which letters wait and batches are put, for its owner only; empty: no letters"
    )
    letter_font: str = Field(
        "", description="TrueType file that letters embed, with every script in use; empty: fonts that readers have"
    )
    letter_days: int = Field(30, ge=1, description="days after which the pages of a printed batch are deleted")
    counter: bool = Field(
        False, description="true: whom no other channel reaches is put on the worklist of a counter's desk"
    )
    counter_district: str = Field(
        "district", description="attribute that names the district of a citizen, for the desks' worklists"
    )
    email_timeout_s: float = Field(20.0, gt=0, le=120, description="seconds to wait for each answer of the SMTP server")

"""The channels that the settings name, ready to send; whoever delivers asks here."""

from dataclasses import dataclass
from pathlib import Path

from recommender.errors import SettingsError
from serving.channels.counter import CounterChannel
from serving.channels.email import EmailChannel
from serving.channels.letter import LetterChannel
from serving.channels.port import Channel, Message
from serving.channels.settings import ChannelSettings
from serving.channels.sms import SmsChannel
from serving.channels.unsubscribing import token_for
from serving.channels.webhook import Secrets, WebhookChannel
from serving.channels.webpush import WebPushChannel
from serving.delivery.addresses import Addresses
from serving.delivery.answering_back import UNSUBSCRIBE
from serving.delivery.worklist import Worklist
from serving.messages.settings import MessageSettings, check_safe_messages
from serving.settings import SHORTEST_SECRET, is_loopback


@dataclass(frozen=True, slots=True)
class Building:
    """Makes channels. Each worker makes its own: a channel keeps connections and is used by one thread at a time."""

    settings: ChannelSettings
    messages: MessageSettings
    addresses: Addresses
    worklist: Worklist
    secrets: Secrets
    development: bool

    def channels(self) -> dict[str, Channel]:
        """Every channel that is on, by name. Raises SettingsError when messages would not be safe to send."""
        made: list[Channel] = []
        if self.settings.webhooks:
            made.append(WebhookChannel(self.secrets, self.settings.webhook_timeout_s, self.development))
        if self.settings.email_host:
            _check_email(self.settings, development=self.development)
            made.append(EmailChannel(self.settings, self.messages.sender, self._unsubscribe("email")))
        if self.settings.sms_url:
            _check_shared(self.settings, development=self.development)
            made.append(SmsChannel(self.settings))
        if self.settings.push_private_key.get_secret_value():
            made.append(WebPushChannel(self.settings, self.addresses.ended))
        if self.settings.letter_folder:
            made.append(LetterChannel(Path(self.settings.letter_folder)))
        if self.settings.counter:
            made.append(CounterChannel(self.worklist.put))
        if made:
            check_safe_messages(self.messages, development=self.development)
        return {channel.name: channel for channel in made}

    def _unsubscribe(self, channel: str) -> "_Unsubscribe":
        return _Unsubscribe(self.settings.api_url, self.messages.key(UNSUBSCRIBE), channel)


def _check_email(settings: ChannelSettings, *, development: bool) -> None:
    """Return when e-mail leaves encrypted and can be ended with one click. Raises SettingsError."""
    if development:
        return
    if settings.email_security == "none" and not is_loopback(settings.email_host):
        raise SettingsError(
            "[channels] email_security is none, and the SMTP server is not on this machine", mend="use starttls or tls"
        )
    if not settings.api_url.startswith("https://"):
        raise SettingsError(
            f"[channels] api_url {settings.api_url} is no address for citizens' mail programs",
            mend="set HERALD_CHANNELS_API_URL to this API's https address",
        )


def _check_shared(settings: ChannelSettings, *, development: bool) -> None:
    """Return when the gateway's key is one. Raises SettingsError."""
    if len(settings.sms_secret.get_secret_value()) < (1 if development else SHORTEST_SECRET):
        raise SettingsError(
            f"[channels] sms_secret is under {SHORTEST_SECRET} characters", mend="set HERALD_CHANNELS_SMS_SECRET"
        )


@dataclass(frozen=True, slots=True)
class _Unsubscribe:
    """The one-click address of a message."""

    api_url: str
    key: bytes
    channel: str

    def __call__(self, message: Message) -> str:
        return f"{self.api_url}/v1/unsubscribe/{token_for(self.key, message.notification_id, self.channel)}"

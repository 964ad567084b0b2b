"""The channels that the settings name, ready to send; whoever delivers asks here."""

from dataclasses import dataclass

from serving.addresses import Addresses
from serving.answering_back import UNSUBSCRIBE
from serving.channels.email import EmailChannel
from serving.channels.port import Channel, Message
from serving.channels.settings import ChannelSettings
from serving.channels.unsubscribing import token_for
from serving.messages.settings import MessageSettings, check_safe_messages


@dataclass(frozen=True, slots=True)
class Building:
    """Makes channels. Each worker makes its own: a channel keeps connections and is used by one thread at a time."""

    settings: ChannelSettings
    messages: MessageSettings
    addresses: Addresses
    development: bool

    def channels(self) -> dict[str, Channel]:
        """Every channel that is on, by name. Raises SettingsError when messages would not be safe to send."""
        made: list[Channel] = []
        if self.settings.email_host:
            made.append(EmailChannel(self.settings, self.messages.sender, self._unsubscribe("email")))
        if made:
            check_safe_messages(self.messages, development=self.development)
        return {channel.name: channel for channel in made}

    def _unsubscribe(self, channel: str) -> "_Unsubscribe":
        return _Unsubscribe(self.settings.api_url, self.messages.key(UNSUBSCRIBE), channel)


@dataclass(frozen=True, slots=True)
class _Unsubscribe:
    """The one-click address of a message."""

    api_url: str
    key: bytes
    channel: str

    def __call__(self, message: Message) -> str:
        return f"{self.api_url}/v1/unsubscribe/{token_for(self.key, message.notification_id, self.channel)}"

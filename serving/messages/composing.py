"""Composes what one citizen reads by one channel: the right words for the eyes that may see them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recommender.identifiers import CitizenId, ServiceId
from recommender.reasons import Wording, choose
from recommender.service_terms import Sensitivity
from serving.channels.port import Message
from serving.messages import templates
from serving.messages.codes import shown
from serving.messages.contents import Contents, EditionWith
from serving.messages.notice import Addressee, By, Notice
from serving.messages.plain import harmless, one_line, paragraphs, subject
from serving.messages.settings import MessageSettings

DISCREET = "discreet"
_SHORT = frozenset({By.SMS, By.WEBPUSH})
_OPEN = frozenset({By.SMS, By.WEBPUSH, By.EMAIL})
"""Channels of which a locked screen shows at least the beginning."""

_LAYOUTS: Mapping[str, str] = {By.WEBHOOK: "letter", By.EMAIL: "email.txt"}


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes messages. The same notice, addressee and code give the same bytes, so a second attempt repeats the first.

    languages   : the dataset's, the first is spoken to whoever's language is not known.
    language_of : the citizen's language where the addressee names none; None: not known.
    """

    settings: MessageSettings
    edition_with: EditionWith
    wording: Wording
    languages: tuple[str, ...] = ()
    language_of: Callable[[CitizenId], str | None] = lambda citizen_id: None

    def compose(self, notice: Notice, addressee: Addressee, code: str) -> Message:
        """The message. code: as `serving.messages.codes.code_of` gives it.

        Raises CatalogueError when no catalogue knows any of the services.
        """
        contents = Contents(notice, self.edition_with, self.wording)
        language, asked = self._language(addressee.language or self.language_of(notice.citizen_id))
        front, body = _discretion(contents.sensitivity, addressee)
        front_kind, kind = (DISCREET if quiet else notice.kind.value for quiet in (front, body))
        values = {**contents.values(language), **self._frame(language, asked, code), "first": notice.first}
        line = subject(templates.render(language, front_kind, "subject", values))
        layout = _LAYOUTS.get(addressee.channel, addressee.channel)
        text = paragraphs(templates.render(language, kind, layout, values))
        if addressee.channel in _SHORT:
            text = one_line(text)
        html = (
            templates.render(language, kind, "email.html", {**values, "subject": line})
            if addressee.channel == By.EMAIL
            else ""
        )
        payload = self._payload(notice, contents, language, quiet=body)
        if addressee.channel == By.WEBPUSH:
            payload = {"title": line, "body": text, "tag": notice.message_id, "url": self.settings.portal_url}
        return Message(
            message_id=notice.message_id,
            notification_id=notice.notification_id,
            citizen_id=notice.citizen_id,
            address=addressee.address,
            target=addressee.target,
            language=language,
            created_at=notice.created_at,
            subject=line,
            text=text,
            html=html,
            code=shown(code),
            link=self.settings.portal_url,
            payload={**payload, "code": shown(code), "language": language},
        )

    def authorities(self, services: Sequence[ServiceId]) -> frozenset[str]:
        """Ids of the authorities that decide on the services; an authority without an id goes by its name."""
        found = ((one, self.edition_with(one)) for one in services)
        named = (edition.catalogue.by_id[one] for one, edition in found if edition is not None)
        return frozenset(service.authority_id or choose(service.authority, "en") for service in named)

    def _language(self, asked: str | None) -> tuple[str, str]:
        """The language to write in, and the one asked for where it is another."""
        known = templates.languages()
        for wanted in (asked,) if asked else self.languages:
            for tag in (wanted, wanted.split("-")[0]):
                if tag in known:
                    return tag, ""
        spoken: Sequence[str] = [tag for tag in self.languages if tag in known]
        return (spoken[0] if spoken else known[0]), harmless(asked or "", 35)

    def _frame(self, language: str, asked: str, code: str) -> dict[str, Any]:
        """What every message carries."""
        settings = self.settings
        return {
            "asked": asked,
            "code": shown(code),
            "portal": settings.portal_url,
            "hotline": one_line(settings.hotline),
            "sender": one_line(choose(settings.sender, language), 60),
        }

    def _payload(self, notice: Notice, contents: Contents, language: str, *, quiet: bool) -> dict[str, Any]:
        """The message for a program that shows it; what must not be said is not in it."""
        head = {"notification_id": notice.notification_id, "kind": notice.kind.value, "link": self.settings.portal_url}
        if quiet:
            return {**head, "discreet": True}
        return {
            **head,
            "discreet": False,
            "created_at": notice.created_at.isoformat(),
            "because": contents.because(language),
            "services": contents.payload(language),
            "deadline": None if notice.deadline is None else notice.deadline.isoformat(),
            "first_contact": notice.first,
        }


def _discretion(sensitivity: Sensitivity, to: Addressee) -> tuple[bool, bool]:
    """Whether the first line, and whether the whole message, says only that there is a message.

    A phone shows an SMS, a push message and the beginning of an e-mail while it is locked. What a portal or a letter
    says is read behind a sign-in or an envelope; only the line that a portal may show outside is kept discreet. Nothing
    sensitive goes where two people read, and nothing at all to the protected.
    """
    sensitive = sensitivity is not Sensitivity.ORDINARY
    body = to.protected or (sensitive and (to.shared or to.channel in _OPEN))
    return body or (sensitive and to.channel == By.WEBHOOK), body

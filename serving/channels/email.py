"""E-mail by SMTP: text and HTML, a stable Message-ID, one-click unsubscribing, and an honest answer."""

import re
import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr

from recommender.reasons import choose
from serving.channels.port import InDoubt, Message, Refused, Unavailable
from serving.channels.settings import ChannelSettings
from serving.messages.plain import one_line

LONGEST_ADDRESS = 254
_ADDRESS = re.compile(r"^[^\s@<>(),;:\\\"\[\]\x00-\x20\x7f]+@(?:[^\s@.<>(),;:\\\"\[\]]+\.)*[^\s@.<>(),;:\\\"\[\]]+$")
_LINE_OF_DOTS = re.compile(rb"^\.", re.MULTILINE)
_NO_SUCH = frozenset({551, 556})
_ENHANCED = re.compile(r"^5\.(\d{1,3}\.\d{1,3})\b")
_NO_GOOD = frozenset({"1.0", "1.1", "1.2", "1.3", "1.6", "1.10", "2.1"})
"""Refusals (RFC 3463) that say the address is no good. A bare 550, or 5.7.1, is said to senders that are blocked:
forgetting addresses for it would lose everybody's for one wrong setting."""

_GREETED_AGAIN = 100
"""Messages after which a connection is given up: servers end long ones in the middle of a message."""


@dataclass
class EmailChannel:
    """Sends by one SMTP server over a connection that is kept. unsubscribe: the one-click address for a message.

    `send` is called by one thread at a time.
    """

    settings: ChannelSettings
    sender: Mapping[str, str]
    unsubscribe: Callable[[Message], str]
    name: str = "email"
    _smtp: smtplib.SMTP | None = field(default=None, init=False)
    _sent: int = field(default=0, init=False)

    def send(self, message: Message) -> str:
        """Hand it to the SMTP server, whose reply is the reference.

        Raises Refused for an address or message the server will never take, Unavailable when it did not take it now,
        InDoubt when the connection ended after the body had begun to leave.
        """
        recipient = _recipient(message.address)
        body = self._mime(message, recipient).as_bytes(policy=SMTP if recipient.isascii() else SMTPUTF8)
        try:
            return self._hand_over(recipient, body)
        except (Unavailable, InDoubt):
            self.close()
            raise
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Unavailable(f"SMTP server: {_words(error)}") from error

    def close(self) -> None:
        """End the connection; the next message opens another."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def _hand_over(self, recipient: str, body: bytes) -> str:
        smtp = self._connected()
        options = [] if recipient.isascii() else ["SMTPUTF8"]
        if options and not smtp.has_extn("smtputf8"):
            raise Refused("the SMTP server takes no address with such letters")
        code, words = smtp.mail(self.settings.email_from, options)
        if code != 250:
            raise Unavailable(f"the sender's address: {code} {_text(words)}")  # ours to mend, not the citizen's fault
        code, words = smtp.rcpt(recipient)
        if code not in (250, 251):
            self._refuse(smtp, code, words, gone=_no_such(code, words))
        code, words = smtp.docmd("DATA")
        if code != 354:
            self._refuse(smtp, code, words, gone=False)
        try:
            smtp.send(_LINE_OF_DOTS.sub(b"..", body) + b".\r\n")
            code, words = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise InDoubt(f"no answer after the body: {_words(error)}") from error
        if code != 250:
            self._refuse(smtp, code, words, gone=False)
        self._sent += 1
        return _text(words)[:200]

    def _refuse(self, smtp: smtplib.SMTP, code: int, words: bytes, *, gone: bool) -> None:
        if code == 421 or code < 400:
            raise Unavailable(f"SMTP server: {code} {_text(words)}")
        smtp.rset()
        if code < 500:
            raise Unavailable(f"SMTP server: {code} {_text(words)}")
        raise Refused(f"{code} {_text(words)}"[:200], gone=gone)

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is not None and self._sent < _GREETED_AGAIN:
            try:
                if self._smtp.noop()[0] == 250:
                    return self._smtp
            except (smtplib.SMTPException, OSError):
                pass  # an idle connection that the server ended: nothing of a message was on it
        self.close()
        self._smtp, self._sent = self._connect(), 0
        return self._smtp

    def _connect(self) -> smtplib.SMTP:
        settings = self.settings
        where, timeout = (settings.email_host, settings.email_port), settings.email_timeout_s
        secure = ssl.create_default_context(cafile=settings.email_ca_file or None)
        if settings.email_security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=timeout, context=secure)
        else:
            smtp = smtplib.SMTP(*where, timeout=timeout)
        try:
            smtp.ehlo_or_helo_if_needed()
            if settings.email_security == "starttls":
                smtp.starttls(context=secure)  # raises where the server offers none: nothing leaves unencrypted
                smtp.ehlo()
            if settings.email_user:
                smtp.login(settings.email_user, settings.email_password.get_secret_value())
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _mime(self, message: Message, recipient: str) -> EmailMessage:
        """The same bytes whenever it is made: date, id and boundary follow from the message."""
        mime = EmailMessage(policy=SMTP if recipient.isascii() else SMTPUTF8)
        domain = self.settings.email_from.partition("@")[2]
        mime["From"] = Address(one_line(choose(self.sender, message.language), 60), addr_spec=self.settings.email_from)
        mime["To"] = recipient
        mime["Subject"] = one_line(message.subject, 200)
        mime["Date"] = format_datetime(message.created_at)
        mime["Message-ID"] = f"<{message.message_id}@{domain}>"
        mime["Auto-Submitted"] = "auto-generated"
        mime["X-Auto-Response-Suppress"] = "All"
        mime["List-Unsubscribe"] = f"<{self.unsubscribe(message)}>"
        mime["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mime.set_content(message.text, cte="quoted-printable")
        if message.html:
            mime.add_alternative(message.html, subtype="html", cte="quoted-printable")
            mime.set_boundary(f"=_{message.message_id}")
        mime["Content-Language"] = message.language  # last: setting a body moves headers of content into its parts
        return mime


def _recipient(address: str) -> str:
    """The address with its domain in ASCII. Raises Refused for what is none, so that no header can be smuggled in."""
    address = address.strip()
    if len(address) > LONGEST_ADDRESS or not _ADDRESS.match(address) or parseaddr(address)[1] != address:
        raise Refused("the address is no e-mail address", gone=True)
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise Refused("the address is no e-mail address", gone=True) from error


def _no_such(code: int, words: bytes) -> bool:
    enhanced = _ENHANCED.match(_text(words))
    return code in _NO_SUCH if enhanced is None else enhanced.group(1) in _NO_GOOD


def _text(words: bytes) -> str:
    return one_line(words.decode("utf-8", "replace"), 150)


def _words(error: BaseException) -> str:
    return one_line(f"{type(error).__name__} {error}", 150)

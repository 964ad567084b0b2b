"""What an SMS gateway tells: a message arrived or did not, somebody replied. Each call is heard once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from recommender.errors import InvalidFactError
from recommender.identifiers import NotificationId
from serving.channels.inbound import check_signed
from serving.channels.settings import ChannelSettings
from serving.database import channel_reports
from serving.delivery.answering_back import NOT_ME, STOP, YES, AnsweringBack
from serving.messages.plain import one_line

SMS = "sms"
WORDS: Mapping[str, str] = {
    **dict.fromkeys(("stop", "unsubscribe", "end", "quit", "退订", "td", "t", "停止"), STOP),
    **dict.fromkeys(("not me", "notme", "wrong number", "不是我", "非本人"), NOT_ME),
    **dict.fromkeys(("yes", "y", "ok", "是", "好", "收到"), YES),
}
"""What people reply, and what it means. Anything else is not kept: a reply is no place for data."""

MessageName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,80}$", description="message_id of our request")]


class ReceiptIn(BaseModel):
    """What became of one SMS."""

    model_config = ConfigDict(
        extra="ignore", json_schema_extra={"examples": [{"message_id": "n_4f1c", "state": "delivered"}]}
    )

    message_id: MessageName
    state: Literal["delivered", "failed", "no_such_number"]


class ReplyIn(BaseModel):
    """What was replied to one SMS."""

    model_config = ConfigDict(
        extra="ignore", json_schema_extra={"examples": [{"message_id": "n_4f1c", "text": "STOP"}]}
    )

    message_id: MessageName | None = Field(None, description="of the SMS that was replied to, where it is known")
    sender: str | None = Field(None, alias="from", max_length=40, description="the number that replied, else")
    text: str = Field(max_length=2000)

    @model_validator(mode="after")
    def _of_somebody(self) -> Self:
        if self.message_id is None and self.sender is None:
            raise ValueError("name the message replied to, or the number")
        return self


@dataclass(frozen=True, slots=True)
class Gateway:
    """Takes signed calls. A call that comes again, whoever repeats it, changes nothing and is answered alike."""

    settings: ChannelSettings
    answering_back: AnsweringBack

    def receipt(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Record that it arrived or not; a number that there is not is forgotten.

        Raises NotSignedInError, InvalidFactError, and NotFoundError for a message that we did not send.
        """
        call_id = check_signed(self.settings.sms_secret, body, headers)
        said = _read(ReceiptIn, body)
        self._act(call_id, said.message_id, said.state)

    def reply(self, body: bytes, headers: Mapping[str, str]) -> str | None:
        """Act on a reply and give the word understood; None for anything else, which is not kept."""
        call_id = check_signed(self.settings.sms_secret, body, headers)
        said = _read(ReplyIn, body)
        word = WORDS.get(one_line(said.text, 40).strip(" .!。！“”\"'").casefold())
        if said.message_id is not None:
            self._act(call_id, said.message_id, word or "reply_not_understood")
        elif word is not None:
            self._act_on_number(call_id, said.sender, word)
        return word

    def _act(self, call_id: str, message_id: str, word: str) -> None:
        back = self.answering_back
        at = back.clock.now()
        notification_id = NotificationId(message_id.removesuffix("-correction"))
        with back.database.write() as conn:
            if channel_reports.heard(conn, f"sms:{call_id}", at):
                back.said(conn, notification_id, SMS, word, ("sms-gateway", at))

    def _act_on_number(self, call_id: str, number: str, word: str) -> None:
        back = self.answering_back
        at = back.clock.now()
        with back.database.write() as conn:
            if channel_reports.heard(conn, f"sms:{call_id}", at):
                back.said_from(conn, SMS, number, word, ("sms-gateway", at))


def _read(model: type[Any], body: bytes) -> Any:
    try:
        return model.model_validate(json.loads(body))
    except (ValueError, RecursionError, ValidationError) as error:
        raise InvalidFactError("the body is not what this call takes", mend="see the API's page") from error

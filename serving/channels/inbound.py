"""Calls that a gateway makes to us: signed as Standard Webhooks say, each heard once."""

from collections.abc import Mapping

from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from recommender.errors import NotSignedInError


def check_signed(secret: SecretStr, body: bytes, headers: Mapping[str, str]) -> str:
    """The id of a call that the holder of the secret made within five minutes. Raises NotSignedInError."""
    key = secret.get_secret_value().encode()
    if not key:
        raise NotSignedInError("no gateway is known here", mend="set HERALD_CHANNELS_SMS_SECRET")
    try:
        Webhook(key).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:  # ValueError: a signature or body that cannot be read
        raise NotSignedInError(
            "the call is not signed, or was signed too long ago", mend="sign it as Standard Webhooks say"
        ) from error
    return headers["webhook-id"]

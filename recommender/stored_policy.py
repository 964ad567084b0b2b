"""A push policy out of its stored content, as `PushPolicy.content` gave it: for the replay of old decisions."""

import json

from recommender.errors import ReceiptError
from recommender.policy import PushPolicy


def stored_policy(content: str) -> PushPolicy:
    """The policy of that content. Raises ReceiptError when it was of another revision, which would decide otherwise."""
    mend = "replay it with the Herald that made it"
    numbers = json.loads(content)
    revision = numbers.pop("revision")
    try:
        policy = PushPolicy(**numbers)
    except TypeError as error:
        raise ReceiptError(f"the push policy of that time had other numbers ({error})", mend=mend) from error
    if policy.content != content:
        ours = json.loads(policy.content)["revision"]
        raise ReceiptError(f"the push policy of that time was of revision {revision}, here is {ours}", mend=mend)
    return policy

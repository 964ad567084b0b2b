"""The scopes a portal may hold, each for one purpose; none hands out anything for checking on or ending a benefit."""

from enum import StrEnum


class Scope(StrEnum):
    """What an access token allows (OAuth2)."""

    RECOMMEND = "recommend"
    FACTS = "facts:write"
    FEEDBACK = "feedback"
    OPERATE = "operate"
    COUNTER = "counter"
    AUDIT = "audit"


WORDS: dict[str, str] = {
    Scope.RECOMMEND: "read a linked citizen's recommendations and notifications",
    Scope.FACTS: "send life events and attributes",
    Scope.FEEDBACK: "say what became of a notification, change a linked citizen's objection",
    Scope.OPERATE: "read aggregates and metrics, stop and resume what is told",
    Scope.COUNTER: "read one's own worklist",
    Scope.AUDIT: "read receipts, with a purpose that is logged",
}

CITIZEN = frozenset({Scope.RECOMMEND, Scope.FEEDBACK})
"""The most that a citizen's own token allows."""

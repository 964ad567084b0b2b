"""From a decision's outbox rows to somebody who was told: the inbox, the channels, what stops them."""

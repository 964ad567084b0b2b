"""Every operational table, whichever module defines it: what migrations lead to."""

from serving.database import answer_tables, message_tables, protection_tables, stop_tables, webhook_tables
from serving.database.tables import metadata

__all__ = ["answer_tables", "message_tables", "metadata", "protection_tables", "stop_tables", "webhook_tables"]

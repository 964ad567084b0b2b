"""The operational database: facts, grounds, decisions, outbox, inbox; SQLite or PostgreSQL, one set of functions."""

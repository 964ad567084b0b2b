"""The operational database, step by step: what Alembic runs, forward only."""

"""Alembic's entry: runs on the connection that `serving.database.migrate` hands over, and leaves logging alone."""

from alembic import context

from serving.database.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller's transaction is the one: all or nothing
)
context.run_migrations()

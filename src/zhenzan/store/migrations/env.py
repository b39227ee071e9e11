"""Alembic's environment: how the migrations run, on the connection that it is given."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=None,
    transactional_ddl=True,  # also on SQLite: killed, a database is as it was
)
with context.begin_transaction():
    context.run_migrations()

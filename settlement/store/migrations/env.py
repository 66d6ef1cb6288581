"""What Alembic runs for every command; see the package's docstring."""

from alembic import context

from settlement.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can, when nothing commits behind our back
)
with context.begin_transaction():
    context.run_migrations()

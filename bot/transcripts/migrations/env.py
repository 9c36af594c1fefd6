"""Runs the migrations on the connection that `content_db.database.migrate` opened."""

from alembic import context

from bot.transcripts.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    version_table=context.config.attributes["version_table"],
)
with context.begin_transaction():
    context.run_migrations()

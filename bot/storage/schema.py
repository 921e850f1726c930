"""Brings a database to the schema this version needs."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from bot.errors import Fault, SettingsError
from bot.storage.locks import held_by_one


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def versions() -> list[str]:
    """Every version of the schema that this program knows, the one it needs first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def version_of(connection: Connection) -> str | None:
    """The version of a database's schema; None where there is none."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, to: str | None = None) -> tuple[str | None, str]:
    """Create or migrate the schema, to what this version needs unless `to` says otherwise: whole, or not at all.

    Returns the versions before and after. SettingsError where the schema is of a later version of this program.
    """
    known = versions()
    to = to or known[0]
    with engine.connect() as connection:
        before = version_of(connection)
        if before is not None and before not in known:
            raise SettingsError([too_new(before)])
        if before != to:
            with held_by_one(connection, "schema"):
                _migrate(connection, to)
        return before, to


def _migrate(connection: Connection, to: str) -> None:
    """All migrations in one transaction, of which Alembic by itself makes none on SQLite."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    command.upgrade(_config(connection), to)
    connection.commit()


def too_new(version: str) -> Fault:
    """What is wrong with a schema that this program does not know."""
    hint = "install the version of this program that made it, or a later one"
    return Fault("database.later", f"the database has schema {version}, this program knows {versions()[0]}", hint)

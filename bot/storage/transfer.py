"""A whole database, out and in. What lies between is an SQLite file, whatever the database: so each can become the other."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from bot.errors import Fault, SettingsError
from bot.storage import files
from bot.storage.copying import copy_all, empty_all, holds_rows
from bot.storage.engines import is_shared
from bot.storage.opening import checked, empty, opened, told, version_at
from bot.storage.presence import connections
from bot.storage.schema import upgrade


def take(url: str, part: Path) -> None:
    """Fill `part` with what a database holds at one moment, also while others write to it. Its schema stays as old as it is."""
    version = version_at(url)
    if version is None:
        raise SettingsError([empty(url)])
    if is_shared(url):
        _take_from_server(url, part, version)
    else:
        files.copy(Path(told(url)), part)


def _take_from_server(url: str, part: Path, version: str) -> None:
    with opened(url) as engine, opened(at(part)) as made:
        upgrade(made, to=version)
        one_moment = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with one_moment.connect() as source, made.connect() as target:
            _take_time(source)
            for setting in ("journal_mode=OFF", "synchronous=OFF"):  # where this fails the file is thrown away
                target.exec_driver_sql(f"PRAGMA {setting}")
            target.exec_driver_sql("BEGIN")
            copy_all(source, target)
            target.commit()
            target.exec_driver_sql("PRAGMA journal_mode=DELETE")


def give(part: Path, url: str, kept_in: Path, *, force: bool) -> Path | None:
    """Let a database hold what `part` holds, which has this version's schema. SettingsError where it is in use, or holds something and `force` is not set.

    What it held is kept as a file, whose name is returned: beside an SQLite database, in the folder `kept_in` for PostgreSQL.
    """
    return (_give_to_server if is_shared(url) else _give_to_file)(part, url, kept_in, force=force)


def refuse_while_served(url: str) -> None:
    """Raise SettingsError where a front line is connected to a PostgreSQL database. Who holds the home has an embedded one for himself."""
    if is_shared(url):
        with opened(url) as engine, engine.connect() as connection:
            found = connections(connection)
        if found:
            wrong = f"a front line works on {told(url)} (connections: {found})"
            raise SettingsError([Fault("database.busy", wrong, "stop all its processes first")])


def at(file: Path) -> URL:
    """The address of an SQLite database."""
    return URL.create("sqlite", database=str(file))


def _give_to_file(part: Path, url: str, _: Path, *, force: bool) -> Path | None:
    file, kept = Path(told(url)), None
    if file.exists():
        held = _is_filled(file)
        _refuse_unless_forced(url, held=held, force=force)
        files.take_after(part, file)
        kept = files.set_aside(file)
        if not held:
            kept.unlink()
            kept = None
    files.place(part, file)
    return kept


def _is_filled(file: Path) -> bool:
    try:
        with opened(at(file)) as engine, engine.connect() as connection:
            return holds_rows(connection)
    except SettingsError:  # damaged as it may be, it is somebody's
        return True


def _give_to_server(part: Path, url: str, kept_in: Path, *, force: bool) -> Path | None:
    refuse_while_served(url)
    kept = None
    version_at(url)  # raises where what is there is of a later version
    with opened(url) as engine:
        with engine.connect() as connection:
            held = holds_rows(connection)
        _refuse_unless_forced(url, held=held, force=force)
        if held:
            kept = files.dated(kept_in / f"{checked(url).database}.db")
            with files.part_beside(kept) as old:
                take(url, old)
                files.place(old, kept)
        upgrade(engine)
        with opened(at(part)) as made, made.connect() as source, engine.begin() as target:
            _take_time(target)
            empty_all(target)
            copy_all(source, target)
    return kept


def _take_time(connection: Connection) -> None:
    """Lift the limits on this transaction that keep others from waiting for one who serves."""
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET LOCAL {limit} = 0"))


def _refuse_unless_forced(url: str, *, held: bool, force: bool) -> None:
    if held and not force:
        hint = "name another database; with --force this one is replaced, and what it holds is kept in a file"
        raise SettingsError([Fault("database.filled", f"{told(url)} holds data", hint)])

"""Opening a database, and what a person can do where that fails. No password is told, nor a part of one."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from bot.errors import DatabaseAway, Fault, SettingsError, StorageAway
from bot.storage.engines import is_shared, make_engine
from bot.storage.schema import too_new, version_of, versions

T = TypeVar("T")
_LOG = structlog.get_logger()
_ASK_EVERY = 2.0  # seconds
_FORM = "write it as postgresql+psycopg://user:password@host/database, in the password %40 for @ and %25 for %"
# What each database says, the fault, and what to do. A server that speaks another language than English gets the last hint.
_SQLITE = (
    ("locked", "database.busy", "end what else has it open"),
    ("not a database|malformed", "database.damaged", "restore a backup: `frontline restore FILE --force`"),
    ("", "database.unusable", "make its folder writable, free some space, or set home or database_url"),
)
_POSTGRESQL = (
    ("permission denied", "database.rights", "make the user of database_url the database's owner: ALTER DATABASE"),
    ("password", "database.password", "mend user and password in database_url"),
    (r'database ".*" does not exist', "database.missing", "have it created on the server: createdb"),
    (r'role ".*" does not exist', "database.user", "mend the user in database_url, or have it created: createuser"),
    ("pg_hba.conf", "database.refused", "allow this user and this machine in the server's pg_hba.conf"),
    ("starting up|shutting down|recovery|not accepting|administrator command", "database.starting", "wait for it"),
    ("too many|connection slots", "database.crowded", "end other programs, or raise the server's max_connections"),
    ("FATAL", "database.refused", "mend what the server says"),
    ("connection|resolve", "database.unreachable", "start the server, or mend host and port in database_url"),
    ("", "database.refused", "mend what the server says"),
)
_PASSING = {"database.busy", "database.starting", "database.crowded", "database.unreachable"}


async def once_there(work: Callable[[], Awaitable[T]]) -> T:
    """What `work` comes to, begun anew until the database is there. The log says why that is waited for."""
    told = ""
    while True:
        try:
            return await work()
        except StorageAway as error:
            if str(error) != told:
                _LOG.warning("database.away", reason=str(error), meaning="waiting for it")
            told = str(error)
            await asyncio.sleep(_ASK_EVERY)


@contextlib.contextmanager
def opened(url: str | URL) -> Iterator[Engine]:
    """An engine for a while, for one who does not serve. What the database refuses is raised as SettingsError, what may pass as DatabaseAway."""
    engine = make_engine(checked(url), application="frontline command")
    try:
        yield engine
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.Error) != is_shared(url):  # another one's, opened within
            raise
        fault = _fault_of(error, url)
        raise (DatabaseAway if fault.id in _PASSING else SettingsError)([fault]) from None
    finally:
        engine.dispose()


def checked(url: str | URL) -> URL:
    """The parts of a database's address. SettingsError where it cannot be meant so."""
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):  # they say what may be a part of the password
        raise SettingsError([Fault("database.url", "this is no address of a database", _FORM)]) from None
    if is_shared(parts) and "@" in f"{parts.host}{parts.database}":
        raise SettingsError([Fault("database.url", "the password in the address ends too early", _FORM)])
    return parts


def told(url: str | URL) -> str:
    """A database as people may read of it."""
    parts = checked(url)
    if not is_shared(parts):
        return str(parts.database)
    return f"{parts.database} on {parts.host or 'this machine'}" + (f":{parts.port}" if parts.port else "")


def holds_password(url: str) -> bool:
    """Whether somebody who reads this address could sign in with it."""
    parts = checked(url)
    return parts.password is not None or "password" in parts.query


def version_at(url: str) -> str | None:
    """The version of a database's schema; None where there is none, or no database. Nothing is made by looking.

    SettingsError where the version is none that this program knows.
    """
    if not is_shared(checked(url)) and not Path(told(url)).exists():
        return None
    with opened(url) as engine, engine.connect() as connection:
        version = version_of(connection)
    if version is not None and version not in versions():
        raise SettingsError([too_new(version)])
    return version


def faults_of_database(url: str) -> list[Fault]:
    """What keeps a front line from working on this database as it is."""
    try:
        version = version_at(url)
    except SettingsError as error:
        return error.faults
    if version is None:
        return [empty(url)]
    if version != versions()[0]:
        wrong = f"{told(url)} has schema {version}, this program needs {versions()[0]}"
        return [Fault("database.schema", wrong, "run `frontline db upgrade`")]
    return []


def empty(url: str) -> Fault:
    """What is wrong where nothing is."""
    return Fault("database.schema", f"{told(url)} is missing or empty", "run `frontline train`")


def _fault_of(error: DBAPIError, url: str | URL) -> Fault:
    words = str(error.orig).splitlines()[0]
    known = _POSTGRESQL if isinstance(error.orig, psycopg.Error) else _SQLITE
    name, hint = next((name, hint) for found, name, hint in known if re.search(found, words))
    return Fault(name, f"{told(url)}: {words.rpartition(' failed: ')[2]}", hint)

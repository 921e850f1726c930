"""SQLite databases as files: copied while others write, examined, put in place."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bot.errors import Fault, SettingsError
from bot.storage.rows import now
from bot.storage.schema import too_new, versions

RESERVE = 256 * 1024 * 1024  # bytes left free: a copy must not fill the disk of the one it is made of
_BESIDE = ("-journal", "-wal", "-shm")  # what SQLite keeps beside a database (https://www.sqlite.org/tempfiles.html)


@contextlib.contextmanager
def part_beside(file: Path) -> Iterator[Path]:
    """A new, empty file in the same folder, for its owner alone. It is gone when the context ends, unless it has been moved."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f"{file.name}.", suffix=".part", dir=file.parent)
    except OSError as error:
        hint = "make the folder writable, or choose another"
        raise SettingsError([Fault("file.unusable", f"{file.parent}: {error.strerror}", hint)]) from None
    os.close(handle)
    try:
        yield Path(name)
    finally:
        for end in ("", *_BESIDE):
            Path(name + end).unlink(missing_ok=True)


def copy(source: Path, part: Path) -> None:
    """Fill `part` with what `source` holds at one moment, also while others write to it.

    All in one step of the online backup API (https://www.sqlite.org/backup.html), which is one read transaction: in WAL mode no writer waits for it, and it
    is over sooner than `VACUUM INTO`. In several steps it would begin anew whenever another process writes.
    """
    if shutil.disk_usage(part.parent).free < source.stat().st_size + RESERVE:
        wrong = f"{source} would not fit into {part.parent}"
        raise SettingsError([Fault("file.space", wrong, "free some space, or choose another folder")])
    try:
        with contextlib.closing(_open(source)) as database, contextlib.closing(_open(part)) as copied:
            database.backup(copied)
            copied.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
    except sqlite3.Error as error:
        raise SettingsError([Fault("file.unusable", f"{source}: {error}", "see that it is a database")]) from None


def examine(file: Path, name: str) -> None:
    """Raise SettingsError unless this is a whole database of ours, with a schema that this program knows. `name` is what people call it."""
    if not file.is_file():
        raise SettingsError([Fault("file.missing", f"{name} is not there", "name a backup")])
    try:
        with contextlib.closing(_open(file)) as database:
            damage = [row[0] for row in database.execute("PRAGMA integrity_check(1)") if row[0] != "ok"]
            damage += [f"a row of {row[0]} refers to nothing" for row in database.execute("PRAGMA foreign_key_check")]
            version = None if damage else _version_in(database)
    except sqlite3.Error as error:
        damage = [str(error)]
    if damage:
        raise SettingsError([Fault("file.damaged", f"{name} is damaged: {damage[0]}", "use another backup")])
    if version is None:
        raise SettingsError([Fault("file.foreign", f"{name} is no database of a front line", "name a backup")])
    if version not in versions():
        raise SettingsError([too_new(version)])


def place(part: Path, file: Path) -> None:
    """Move a finished `part` to where it belongs, durably. Whoever looks sees what was there before, or all of it."""
    _flush(part)
    part.replace(file)
    _flush(file.parent)


def set_aside(file: Path) -> Path:
    """Keep a database under a dated name too, so that another can take its place. SettingsError where somebody works on it."""
    kept = dated(file)
    try:
        with contextlib.closing(_open(file)) as database:
            database.execute(
                "PRAGMA journal_mode=DELETE"
            )  # refused unless nobody else is there; nothing is beside it then
    except sqlite3.OperationalError as error:
        raise SettingsError([Fault("file.busy", f"{file}: {error}", "end what else has it open")]) from None
    except sqlite3.DatabaseError:  # damaged: what is beside it goes with it
        for end in _BESIDE:
            with contextlib.suppress(FileNotFoundError):
                Path(f"{file}{end}").rename(f"{kept}{end}")
    try:
        os.link(file, kept)
    except OSError:  # a file system that gives a file one name only
        shutil.copy2(file, kept)
    return kept


def take_after(part: Path, file: Path) -> None:
    """Let `part` belong to whom `file` belongs to, and be read and written by the same."""
    known = file.stat()
    part.chmod(known.st_mode & 0o777)
    with contextlib.suppress(PermissionError):  # only root can give a file away
        os.chown(part, known.st_uid, known.st_gid)


def dated(file: Path) -> Path:
    """A name that says when."""
    return file.with_name(f"{file.stem}-{now():%Y-%m-%dT%H%M%SZ}{file.suffix or '.db'}")


def _open(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)  # `rw` makes none where there is none


def _version_in(database: sqlite3.Connection) -> str | None:
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"alembic_version", "conversation", "message"} <= tables:
        return None
    row = database.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""The database as a whole: bring it up to date, copy it into a file and back, move it to another place."""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console

from bot.doorways import idempotent_channels
from bot.errors import Fault, SettingsError
from bot.home import only_one
from bot.settings import DATABASES, PREFIX, Settings
from bot.settings.loading import SecretsFromFiles
from bot.storage import files, outbox, transfer
from bot.storage.copying import count_rows
from bot.storage.engines import is_shared
from bot.storage.opening import holds_password, opened, told, version_at
from bot.storage.schema import upgrade, versions

TARGET = f"{PREFIX}TARGET_URL"
_STOP = "stop it first"


def bring_up_to_date(settings: Settings, out: Console) -> None:
    """Migrate the schema to the one that this version needs. SettingsError where a front line works on it, which knows only the one before."""
    url = settings.sql_url
    with only_one(settings.home, _STOP):
        if version_at(url) != versions()[0]:
            transfer.refuse_while_served(url)
        with opened(url) as engine:
            before, now = upgrade(engine)
    _say(
        out,
        f"{told(url)} has schema {now}" + (", as before." if before == now else f"; before it had {before or 'none'}."),
    )


def back_up(settings: Settings, file: Path, out: Console) -> None:
    """Copy what the database holds at one moment into a new file, also while a front line works on it."""
    if file.exists():
        raise SettingsError([Fault("backup.exists", f"{file} is there already", "name a new file")])
    url = settings.sql_url
    with files.part_beside(file) as part:
        transfer.take(url, part)
        files.examine(part, f"the copy of {told(url)}")
        files.place(part, file)
    _say(out, f"{file} holds what {told(url)} held: {file.stat().st_size / 1e6:.1f} MB.")


def restore(settings: Settings, file: Path, out: Console, *, force: bool) -> None:
    """Let the database hold what a backup holds. What waited to be sent in it may have been sent since, and is not sent again unasked."""
    url = settings.sql_url
    with only_one(settings.home, _STOP), files.part_beside(_near(url, settings)) as part:
        files.examine(file, str(file))
        files.copy(file, part)
        with opened(transfer.at(part)) as engine:
            upgrade(engine)
            with engine.connect() as connection:
                doubtful = outbox.doubt(connection, idempotent_channels(), "restored from a backup")
        kept = transfer.give(part, url, settings.home, force=force)
    _say(out, f"{told(url)} holds what {file} holds.")
    if doubtful:
        _say(out, f"{doubtful} replies that waited to be sent may have arrived since: the desk lists them.")
    _say_kept(out, kept)


def move(settings: Settings, to: str | None, out: Console, *, force: bool) -> None:
    """Let another database hold what this one holds. This one stays as it is."""
    source, target = settings.sql_url, target_of(to)
    if told(source) == told(target):
        raise SettingsError([Fault("target.same", f"{told(target)} is where it is now", "name another database")])
    with only_one(settings.home, _STOP), files.part_beside(_near(target, settings)) as part:
        transfer.refuse_while_served(source)
        transfer.take(source, part)
        with opened(transfer.at(part)) as engine:
            upgrade(engine)
            with engine.connect() as connection:
                rows = count_rows(connection)
        kept = transfer.give(part, target, settings.home, force=force)
    _say(out, f"{told(target)} holds the {rows} rows of {told(source)}. Set database_url to it before the next start.")
    _say_kept(out, kept)


def target_of(to: str | None) -> str:
    """The address to move to: `to`, which everybody on this machine can read, or FRONTLINE_TARGET_URL, which can also be in a file as secrets can."""
    if to is not None and holds_password(to):
        hint = f"put the address into a file that {TARGET}_FILE names; and change this password, for it was shown"
        raise SettingsError([Fault("target.password", "everybody on this machine can read a command line", hint)])
    faults: list[Fault] = []
    with SecretsFromFiles(faults):
        target = to or os.environ.get(TARGET, "")
    if not target.startswith(DATABASES):
        hint = f"--to, or {TARGET}, like {DATABASES[1]}user@host/database or {DATABASES[0]}path/to/file.db"
        faults.append(Fault("target.url", "it is not said where to move to", hint))
    if faults:
        raise SettingsError(faults)
    return target


def _near(url: str, settings: Settings) -> Path:
    """Where the file grows that is to become a database: beside it, or in the home folder if it goes to a server."""
    return settings.home / "frontline.db" if is_shared(url) else Path(told(url))


def _say(out: Console, text: str) -> None:
    out.print(text, markup=False, soft_wrap=True)


def _say_kept(out: Console, kept: Path | None) -> None:
    if kept is not None:
        _say(out, f"What it held before is kept in {kept}.")

"""`frontline backup`, `frontline restore` and `frontline db`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from bot.cli.console import ConfigOption, out
from bot.settings import Settings

db_app = typer.Typer(help="The database as a whole.", no_args_is_help=True)

_FORCE = "Also where the database holds data, which is then kept in a file."


def backup(
    file: Annotated[Path, typer.Argument(help="The file to be made; none is overwritten.")], config: ConfigOption = None
) -> None:
    """Copy the whole database into a file, also while the front line is running."""
    from bot.databases import back_up

    back_up(Settings.load(config), file, out)


def restore(
    file: Annotated[Path, typer.Argument(help="What `frontline backup` has made.")],
    force: Annotated[bool, typer.Option("--force", help=_FORCE)] = False,
    config: ConfigOption = None,
) -> None:
    """Let the database hold what a backup holds. The front line must not be running."""
    from bot.databases import restore as put_back

    put_back(Settings.load(config), file, out, force=force)


@db_app.command("upgrade")
def upgrade(config: ConfigOption = None) -> None:
    """Bring the database's schema up to what this version needs, as `serve` and `train` do by themselves."""
    from bot.databases import bring_up_to_date

    bring_up_to_date(Settings.load(config), out)


@db_app.command("move")
def move(
    to: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="The database to fill, without a password; else FRONTLINE_TARGET_URL or …_URL_FILE."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help=_FORCE)] = False,
    config: ConfigOption = None,
) -> None:
    """Let another database hold what this one holds, from SQLite to PostgreSQL or back. The front line must not be running."""
    from bot.databases import move as carry

    carry(Settings.load(config), to, out, force=force)

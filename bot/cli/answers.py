"""`frontline answers`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from bot.cli.console import ConfigOption, out
from bot.settings import Settings

answers_app = typer.Typer(help="The answers the bot gives.", no_args_is_help=True)


@answers_app.command("import")
def import_(
    folder: Annotated[Optional[Path], typer.Argument(help="Folder with YAML files; data/answers by default.")] = None,  # noqa: UP045
    config: ConfigOption = None,
) -> None:
    """Publish the answers of a folder. A running front line answers with them within seconds."""
    from bot.serving import import_folder

    settings = Settings.load(config)
    import_folder(settings, folder or settings.content / "answers", out)

"""What all commands share: where they print, and how they tell of faults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from typer.core import TyperGroup

from bot.errors import Fault, SettingsError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

ConfigOption = Annotated[Optional[Path], typer.Option("--config", help="Settings file; frontline.toml by default.")]  # noqa: UP045


class Commands(TyperGroup):
    """What is wrong is told in words, not as a traceback, whichever command finds it."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            err.print(_table(error.faults))
            raise typer.Exit(1) from None


def _table(faults: list[Fault]) -> Table:
    columns = (Column(title, overflow="fold") for title in ("fault", "what is wrong", "what to do"))
    table = Table(*columns, title=f"{len(faults)} to mend", title_justify="left")
    for fault in faults:
        table.add_row(fault.id, escape(fault.wrong), escape(fault.hint))
    return table

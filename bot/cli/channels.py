"""`frontline channels`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Optional

import typer

from bot.cli.console import ConfigOption, out
from bot.settings import Settings

channels_app = typer.Typer(help="Which channels are set up, and how they are.", invoke_without_command=True)


@channels_app.callback()
def listed(context: typer.Context, config: ConfigOption = None) -> None:
    """List the channels: what their vendors say of us, the last message, what waits, and since when something is wrong."""
    if context.invoked_subcommand is not None:
        return
    from bot import doorkeeping

    inspected, gone = asyncio.run(doorkeeping.inspect(Settings.load(config)))
    doorkeeping.show(inspected, gone, out)
    if any(one.refused for one in inspected):
        raise typer.Exit(1)


@channels_app.command("test")
def try_out(
    name: Annotated[str, typer.Argument(help="A channel as it is listed: telegram, or messenger/4711.")],
    to: Annotated[Optional[str], typer.Option(help="Send a test message to this chat and wait for the answer.")] = None,  # noqa: UP045
    within: Annotated[float, typer.Option(help="Seconds to wait for it.")] = 120.0,
    config: ConfigOption = None,
) -> None:
    """Try a channel: does the vendor know us, is our door there, does a message arrive, does one come back? Exit code 1 if not."""
    from bot import doorkeeping

    if not asyncio.run(doorkeeping.try_out(Settings.load(config), name, to, within, out)):
        raise typer.Exit(1)

"""`frontline staff`."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.console import ConfigOption, out
from bot.settings import Settings

staff_app = typer.Typer(help="Who may sign in at the desk.", no_args_is_help=True)


@staff_app.command("add")
def add(
    login: str,
    name: Annotated[str, typer.Option(help="How customers and colleagues see them.")],
    role: Annotated[str, typer.Option(help="agent, editor or admin")] = "agent",
    config: ConfigOption = None,
) -> None:
    """Add somebody; the password is made up and shown once."""
    from bot.serving import add_person

    password = add_person(Settings.load(config), login, name, role)
    out.print(
        f"{name} signs in as [bold]{login}[/bold] with the password [bold]{password}[/bold]. It is not shown again."
    )


@staff_app.command("password")
def password(login: str, config: ConfigOption = None) -> None:
    """Give somebody a new password; whoever is signed in as them is signed out."""
    from bot.serving import renew_password

    fresh = renew_password(Settings.load(config), login)
    out.print(f"The new password of [bold]{login}[/bold] is [bold]{fresh}[/bold]. It is not shown again.")

"""`frontline`: everything an operator does in a terminal."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any, NoReturn, Optional

import typer
import uvloop
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table
from typer.core import TyperGroup

from bot.errors import Fault, SettingsError
from bot.settings import Settings


class Commands(TyperGroup):
    """What is wrong is told in words, not as a traceback, whichever command finds it."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            _fail(error.faults)


app = typer.Typer(
    name="frontline",
    cls=Commands,
    help="A front line for a company's social channels: the bot answers from the FAQ and the community, people take over.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
answers_app = typer.Typer(help="The answers the bot gives.", no_args_is_help=True)
staff_app = typer.Typer(help="Who may sign in at the desk.", no_args_is_help=True)
db_app = typer.Typer(help="The database as a whole.", no_args_is_help=True)
app.add_typer(answers_app, name="answers")
app.add_typer(staff_app, name="staff")
app.add_typer(db_app, name="db")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

_FORCE = "Also where the database holds data, which is then kept in a file."
ConfigOption = Annotated[Optional[Path], typer.Option("--config", help="Settings file; frontline.toml by default.")]  # noqa: UP045


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("PTB_TIMEDELTA", "1")  # python-telegram-bot: durations as timedelta, without a warning
    app()


def _fail(faults: list[Fault]) -> NoReturn:
    columns = (Column(title, overflow="fold") for title in ("fault", "what is wrong", "what to do"))
    table = Table(*columns, title=f"{len(faults)} to mend", title_justify="left")
    for fault in faults:
        table.add_row(fault.id, escape(fault.wrong), escape(fault.hint))
    err.print(table)
    raise typer.Exit(1)


@app.command()
def serve(config: ConfigOption = None) -> None:
    """Run it all: web chat, desk, public answers, the channels that are set up, and Rasa beside them."""
    from bot.serving import serve_forever  # the web side takes a second to import; `--help` should not

    settings = Settings.load(config)
    uvloop.run(serve_forever(settings, out))


@app.command()
def rasa(
    host: Annotated[str, typer.Option(help="The address to listen on, in a network of your own.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 5005,
    config: ConfigOption = None,
) -> None:
    """Run one Rasa process alone, for front lines that name it in `rasa.urls`. It takes turns with `rasa.token` only."""
    from bot.delivery.child import Child

    settings = Settings.load(config)
    if not settings.rasa.token:
        _fail([Fault("rasa.token", "nobody could speak to it", "set rasa.token, here and where rasa.urls is set")])
    child = Child.of(settings, settings.rasa.token.get_secret_value())
    command = child.command(host=host, port=port)
    try:
        os.execve(command[0], command, child.environment())  # noqa: S606  # no shell: this process becomes Rasa
    except OSError as error:
        _fail([Fault("rasa.python", f"{child.python}: {error.strerror}", "run `make install`, or set rasa.python")])


@app.command()
def train(config: ConfigOption = None) -> None:
    """Train the Rasa model and fit the matcher to the published answers, where anything changed."""
    from bot.serving import prepare

    prepare(Settings.load(config), out)


@app.command()
def chat(
    explain: Annotated[bool, typer.Option("--explain", help="Show what was understood and why.")] = False,
    language: Annotated[Optional[str], typer.Option(help="Begin in this language: de or en.")] = None,  # noqa: UP045
    config: ConfigOption = None,
) -> None:
    """Talk to the bot here, as a customer would."""
    from bot.terminal import talk

    asyncio.run(talk(Settings.load(config), out, explain=explain, language=language))


@app.command()
def check(config: ConfigOption = None) -> None:
    """List everything that is wrong with the configuration, each with what to do. Exit code 1 if there is anything."""
    from bot.checking import find_faults, find_notes

    settings = Settings.load(config)
    for note in find_notes(settings):
        out.print(f"[yellow]{note.id}[/yellow]: {escape(note.wrong)}; {escape(note.hint)}")
    faults = asyncio.run(find_faults(settings))
    if faults:
        _fail(faults)
    out.print("[green]Nothing is wrong.[/green]")


@app.command()
def evaluate(
    test: Annotated[Path, typer.Option(help="Measure on this file: a header `text<TAB>label`, a question a line.")],
    train: Annotated[
        list[Path] | None, typer.Option(help="Fit to this file, not to what is published; repeatable.")
    ] = None,
    tune: Annotated[
        Path | None, typer.Option(help="Set the threshold with this file; else by cross-validation.")
    ] = None,
    out_of_scope: Annotated[
        list[str] | None, typer.Option(help="Label for 'nobody has an answer'; repeatable.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the training files: de or en; else detected.")
    ] = None,
    encoder: Annotated[
        Path | None, typer.Option(help="Read with the sentence encoder in this folder, not with the one that is set.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write the figures to this file.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the picture into this file: png, svg or pdf.")] = None,
    config: ConfigOption = None,
) -> None:
    """Measure on labelled questions how well answers are found, and how far the bot can be trusted to know."""
    from bot.evaluating import Order
    from bot.evaluating import evaluate as measure

    order = Order(test, tuple(train or ()), tune, frozenset(out_of_scope or ()), language, json, plot, encoder)
    measure(Settings.load(config), order, out)


@answers_app.command("import")
def import_(
    folder: Annotated[Optional[Path], typer.Argument(help="Folder with YAML files; data/answers by default.")] = None,  # noqa: UP045
    config: ConfigOption = None,
) -> None:
    """Publish the answers of a folder. A running front line answers with them within seconds."""
    from bot.serving import import_folder

    settings = Settings.load(config)
    import_folder(settings, folder or settings.content / "answers", out)


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


@app.command()
def ledger(
    json: Annotated[bool, typer.Option("--json", help="Print it for machines.")] = False,
    config: ConfigOption = None,
) -> None:
    """Show in which state messages and replies are, and whether the ledger balances. Exit code 1 if it does not."""
    from bot import bookkeeping

    found = bookkeeping.read(Settings.load(config))
    if json:
        typer.echo(bookkeeping.as_json(found))
    else:
        bookkeeping.show(found, out)
    if not found.balances:
        raise typer.Exit(1)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to be made; none is overwritten.")], config: ConfigOption = None
) -> None:
    """Copy the whole database into a file, also while the front line is running."""
    from bot.databases import back_up

    back_up(Settings.load(config), file, out)


@app.command()
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

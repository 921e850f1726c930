"""`frontline`: everything an operator does in a terminal. What stands under a word of its own has a file of its own."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated, Optional

import typer
import uvloop
from rich.markup import escape

from bot.cli.answers import answers_app
from bot.cli.channels import channels_app
from bot.cli.console import Commands, ConfigOption, out
from bot.cli.databases import backup, db_app, restore
from bot.cli.staff import staff_app
from bot.errors import Fault, SettingsError
from bot.settings import Settings

app = typer.Typer(
    name="frontline",
    cls=Commands,
    help="A front line for a company's social channels: the bot answers from the FAQ and the community, people take over.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(answers_app, name="answers")
app.add_typer(channels_app, name="channels")
app.add_typer(staff_app, name="staff")
app.add_typer(db_app, name="db")


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("PTB_TIMEDELTA", "1")  # python-telegram-bot: durations as timedelta, without a warning
    app()


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
        hint = "set rasa.token, here and where rasa.urls is set"
        raise SettingsError([Fault("rasa.token", "nobody could speak to it", hint)])
    child = Child.of(settings, settings.rasa.token.get_secret_value())
    command = child.command(host=host, port=port)
    try:
        os.execve(command[0], command, child.environment())  # noqa: S606  # no shell: this process becomes Rasa
    except OSError as error:
        hint = "run `make install`, or set rasa.python"
        raise SettingsError([Fault("rasa.python", f"{child.python}: {error.strerror}", hint)]) from None


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
        raise SettingsError(faults)
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


app.command()(backup)
app.command()(restore)

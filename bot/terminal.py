"""The bot in a terminal, as a customer meets it: the same inbox, worker, brain and outbox, on a database of its own."""

from __future__ import annotations

import asyncio
import itertools
import sys
import tempfile
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from bot.assembly import Core, core
from bot.channels.base import Capabilities, Channel
from bot.channels.markup import to_plain
from bot.domain.conversation import ConversationKey
from bot.domain.message import Button, EventKind, InboundEvent, MessageState
from bot.domain.reply import Outgoing, Receipt
from bot.doorways import Doorways
from bot.knowledge.publishing import import_answers
from bot.logs import configure_logs
from bot.settings import Settings
from bot.snapshots import open_store
from bot.storage import answers, outbox
from bot.storage.transcript import Item, transcript

_KEY = ConversationKey("terminal", "local", "you")
_DONE = frozenset(MessageState) - {MessageState.QUEUED, MessageState.RUNNING}


class Terminal(Channel):
    """Prints what the bot says. Buttons are chosen by their number."""

    name = "terminal"
    account = "local"
    capabilities = Capabilities(max_text=20_000, max_buttons=9)

    def __init__(self, out: Console) -> None:
        self._out = out
        self.buttons: tuple[Button, ...] = ()

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Print the reply."""
        reply = outgoing.reply
        self._out.print(f"[cyan]{outgoing.author or 'bot'}[/cyan] ", end="")
        self._out.print(to_plain(reply.text) if reply.markdown else reply.text, markup=False)
        if reply.source is not None:
            author = f", {reply.source.author}, +{reply.source.votes}" if reply.source.author else ""
            self._out.print(f"    ({reply.source.url}{author})", style="dim", markup=False)
        for number, button in enumerate(reply.buttons, 1):
            self._out.print(f"    [{number}] {button.label}", style="green", markup=False)
        self.buttons = reply.buttons
        return Receipt()


async def talk(settings: Settings, out: Console, *, explain: bool, language: str | None) -> None:
    """Read lines until the end of input, or `/quit`. With `explain` each reading is shown."""
    configure_logs("error")
    terminal = Terminal(out)
    with tempfile.TemporaryDirectory(prefix="frontline-chat-") as folder:
        url = await asyncio.to_thread(_copied_answers, settings, Path(folder))
        apart = settings.model_copy(update={"database_url": SecretStr(url), "role": "all"})
        async with core(apart, lambda _live: Doorways([terminal])) as middle:
            out.print("Write as a customer would; a number presses a button, /quit ends.", style="dim")
            for count in itertools.count():
                line = await asyncio.to_thread(_ask)
                if line is None or line.strip() == "/quit":
                    return
                if line.strip():
                    _echo(line.strip(), out)
                    await _one_turn(middle, terminal, line.strip(), count, language)
                    if explain:
                        await _explain(middle, out)


def _copied_answers(settings: Settings, folder: Path) -> str:
    """A database of its own with the same answers, so that trying things leaves no trace in the real one."""
    url = f"sqlite:///{folder / 'chat.db'}"
    real = open_store(settings)
    copy = open_store(settings.model_copy(update={"database_url": SecretStr(url)}))
    try:
        items = real.read_now(answers.published)
        copy.submit(lambda connection: import_answers(connection, items)).result()
    finally:
        real.close()
        copy.close()
    return url


def _ask() -> str | None:
    try:
        return input("you " if sys.stdin.isatty() else "")
    except EOFError:
        return None


def _echo(line: str, out: Console) -> None:
    """Show what was read where nobody saw it being typed: a transcript needs both sides."""
    if not sys.stdin.isatty():
        out.print("[green]you[/green] ", end="")
        out.print(line, markup=False, highlight=False)


async def _one_turn(middle: Core, terminal: Terminal, line: str, count: int, language: str | None) -> None:
    button = None
    if line.isdigit() and 0 < int(line) <= len(terminal.buttons):
        button = terminal.buttons[int(line) - 1]
    kind = EventKind.BUTTON if button else EventKind.MESSAGE
    event = InboundEvent(
        _KEY, str(count), kind, str(count), button.label if button else line, button, language=language
    )
    terminal.buttons = ()
    accepted = await middle.inbox.accept([event])
    conversation_id = accepted[0].conversation_id
    assert conversation_id is not None  # what is written here is never ignored
    with middle.live.hear(f"chat:{conversation_id}") as hearing:
        while not await _settled(middle, conversation_id):
            await hearing.next(timeout=0.2)


async def _settled(middle: Core, conversation_id: int) -> bool:
    items = await middle.store.read(lambda connection: transcript(connection, conversation_id))
    waiting = await middle.store.read(outbox.pending)
    return waiting == 0 and all(item.state in _DONE for item in items if item.sender == "customer")


async def _explain(middle: Core, out: Console) -> None:
    items = await middle.store.read(lambda connection: transcript(connection, 1))
    last = next((item for item in reversed(items) if item.sender == "customer"), None)
    if last is not None:
        out.print(explanation(last))


def explanation(item: Item) -> Table:
    """A reading as a table: language, intent, urgency, candidates with confidences, decision, who read it."""
    table = Table(show_header=False, box=None, style="dim", padding=(0, 2))
    reading: dict[str, Any] | None = item.reading
    table.add_row("state", f"{item.state} {item.state_reason}".strip())
    if reading is None:
        return table
    urgency, decision = reading["urgency"], reading["decision"]
    seen = ", ".join(f"{one['rule']}: “{one['words']}”" for one in urgency["evidence"])
    table.add_row("language", reading["language"])
    table.add_row("intent", f"{reading['intent']} ({reading['intent_confidence']:.2f})")
    table.add_row("urgency", " ".join(part for part in (urgency["level"], urgency["reason"], seen) if part))
    for candidate in reading["candidates"]:
        words = f"{candidate['confidence']:.2f}  {candidate['answer_id']}  “{candidate['phrasing']}”"
        table.add_row("candidate", words)
    reason = f", a person because: {decision['handoff']}" if decision["handoff"] else ""
    table.add_row("decision", f"{decision['kind']} {', '.join(decision['answer_ids'])}{reason}")
    table.add_row("read by", f"{item.brain}, snapshot {reading['snapshot']}")
    return table

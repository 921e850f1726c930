"""`frontline ledger`: how much is in which state, by channel and account, and whether it balances."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict
from itertools import groupby, zip_longest
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.errors import SettingsError
from bot.settings import Settings
from bot.storage.ledger import Ledger, read_ledger
from bot.storage.ledger.rule import Example, Imbalance
from bot.storage.opening import faults_of_database
from bot.storage.store import Store

_FIRST = "Only a fault of the program or a change by hand does this: copy the database before you do anything, and report it."
Accounts = dict[tuple[str, str], dict[str, dict[str, int]]]


def read(settings: Settings) -> Ledger:
    """The ledger of the database that is set, also while front lines work on it; nothing is written. SettingsError where there is none."""
    if faults := faults_of_database(settings.sql_url):
        raise SettingsError(faults)
    store = Store(settings.sql_url)
    try:
        return store.read_now(read_ledger)
    finally:
        store.close()


def as_json(ledger: Ledger) -> str:
    """The ledger for machines. Numbers by channel, account, and state; the imbalances with what they mean."""
    accounts = [
        {
            "channel": channel,
            "account": account,
            "received": sum(books["event"].values()),
            "messages": books["message"],
            "replies": books["reply"],
            "attempts": books["attempt"],
        }
        for (channel, account), books in _accounts(ledger).items()
    ]
    found = [_as_dict(one) for one in ledger.imbalances]
    return json.dumps({"balances": ledger.balances, "accounts": accounts, "imbalances": found}, ensure_ascii=False)


def show(ledger: Ledger, out: Console) -> None:
    """The ledger for people."""
    accounts = _accounts(ledger)
    for (channel, account), books in accounts.items():
        out.print(_account_table(f"{channel} {account}", books))
    received = sum(sum(books["event"].values()) for books in accounts.values())
    stands = sum(sum(books["message"].values()) for books in accounts.values())
    out.print(f"{received} messages received, {stands} in these states.")
    if ledger.balances:
        out.print("[green]The ledger balances.[/green]")
        return
    out.print("[red]The ledger does not balance.[/red]")
    for _, broken in groupby(ledger.imbalances, key=lambda one: one.rule.id):
        _show_broken(list(broken), out)
    out.print(f"\n{_FIRST}")


def _accounts(ledger: Ledger) -> Accounts:
    found: Accounts = defaultdict(lambda: defaultdict(dict))
    for one in sorted(ledger.counts, key=lambda count: (count.channel, count.account, -count.number)):
        found[one.channel, one.account][one.table][one.state] = one.number
    return found


def _account_table(title: str, books: dict[str, dict[str, int]]) -> Table:
    table = Table("messages", "", "replies", "", title=escape(title), title_justify="left")
    for column in (1, 3):
        table.columns[column].justify = "right"
    for pairs in zip_longest(books["message"].items(), books["reply"].items(), fillvalue=("", "")):
        table.add_row(*(str(cell) for pair in pairs for cell in pair))
    table.add_section()
    messages, replies = sum(books["message"].values()), sum(books["reply"].values())
    table.add_row("[bold]sum[/bold]", str(messages), "[bold]sum[/bold]", str(replies))
    table.add_row("received", str(sum(books["event"].values())), "attempts", str(sum(books["attempt"].values())))
    return table


def _show_broken(accounts: list[Imbalance], out: Console) -> None:
    """A rule, and the accounts in which it is broken."""
    rule = accounts[0].rule
    out.print(f"\n[bold]{rule.id}[/bold]: {rule.wrong}; {rule.means}.")
    for one in accounts:
        named = [_named(one.about, example) for example in one.examples if example.row_id is not None]
        more = ", …" if one.number > len(one.examples) else ""
        where = f"{one.channel} {one.account}".strip() or "in no account"
        out.print(f"  {escape(where)}: {one.number} ({', '.join(named)}{more})" if named else f"  {escape(where)}")
    out.print(f"  To do: {rule.hint}.")


def _named(about: str, example: Example) -> str:
    named = f"{about} {example.row_id}"
    if example.conversation_id is None or about == "conversation":
        return named
    return f"{named} of conversation {example.conversation_id}"


def _as_dict(one: Imbalance) -> dict[str, Any]:
    rule = one.rule
    said = {"id": rule.id, "wrong": rule.wrong, "means": rule.means, "hint": rule.hint}
    place = {"about": one.about, "channel": one.channel, "account": one.account, "number": one.number}
    return {**said, **place, "examples": [asdict(example) for example in one.examples]}

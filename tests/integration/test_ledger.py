"""`frontline ledger`: what is where, whether it balances, and nothing that it does itself."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot import cli
from bot.cli import console
from bot.home import only_one
from bot.storage.schema import upgrade
from bot.storage.store import Store
from tests.history import write_history


def ledger(*options: str) -> Result:
    return CliRunner().invoke(cli.app, ["ledger", *options])


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is broken in the middle of what a test looks for."""
    monkeypatch.setattr(console.out, "width", 400)
    monkeypatch.setattr(console.err, "width", 400)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where nothing is yet."""
    monkeypatch.setenv("FRONTLINE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def database(home: Path) -> Path:
    """A database with a history."""
    home.mkdir()
    store = Store(f"sqlite:///{home}/frontline.db")
    upgrade(store.engine)
    write_history(store)
    store.close()
    return home / "frontline.db"


def change(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(statement)
        connection.commit()


@pytest.mark.usefixtures("database")
def test_every_account_is_shown_with_its_sums() -> None:
    result = ledger()
    lines = [" ".join(line.replace("│", " ").split()) for line in result.output.splitlines()]
    assert result.exit_code == 0
    assert lines[0] == "telegram 42"
    assert {"answered 2 sent 3", "sum 7 sum 6", "received 7 attempts 7"} <= set(lines)
    assert {"web site", "answered 1 sent 1", "received 1 attempts 0"} <= set(lines)
    assert lines[-2:] == ["8 messages received, 8 in these states.", "The ledger balances."]


@pytest.mark.usefixtures("database")
def test_machines_get_the_same_as_json() -> None:
    result = ledger("--json")
    told = json.loads(result.output)
    assert (result.exit_code, told["balances"], told["imbalances"]) == (0, True, [])
    telegram, web = told["accounts"]
    assert telegram["messages"] == {
        "answered": 2,
        "given_up": 1,
        "ignored": 1,
        "queued": 1,
        "running": 1,
        "with_agent": 1,
    }
    assert telegram["attempts"] == {"uncertain": 3, "sent": 2, "failed": 1, "sending": 1}
    assert web == {
        "channel": "web",
        "account": "site",
        "received": 1,
        "messages": {"answered": 1},
        "replies": {"sent": 1},
        "attempts": {},
    }


@pytest.mark.unbalanced
def test_what_does_not_balance_is_named_with_what_to_do_and_fails(database: Path) -> None:
    change(database, "UPDATE message SET state = 'lost' WHERE id IN (1, 2, 5)")
    result = ledger()
    assert result.exit_code == 1
    assert "The ledger does not balance." in result.output
    assert (
        "message.state: a message is in a state that does not exist; nothing will ever be done with it."
        in result.output
    )
    assert "telegram 42: 2 (message 1 of conversation 1, message 2 of conversation 2)" in result.output
    assert "web site: 1 (message 5 of conversation 5)" in result.output
    assert "To do: set it to queued" in result.output

    machine = ledger("--json")
    found = json.loads(machine.output)
    assert (machine.exit_code, found["balances"]) == (1, False)
    first = found["imbalances"][0]
    assert (first["id"], first["about"], first["account"], first["number"]) == ("message.state", "message", "42", 2)
    assert first["examples"] == [{"conversation_id": 1, "row_id": 1}, {"conversation_id": 2, "row_id": 2}]


def test_it_is_read_while_a_front_line_has_the_house_and_writes(home: Path, database: Path) -> None:
    with only_one(home, "end it"), closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE conversation SET length = 99")
        assert ledger().exit_code == 0  # what is not committed has not happened
        writer.execute("ROLLBACK")


def test_a_database_of_another_version_is_left_as_it_is(database: Path) -> None:
    change(database, "UPDATE alembic_version SET version_num = '0001'")
    result = ledger()
    assert (result.exit_code, "database.schema" in result.stderr) == (1, True)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]


def test_where_nothing_is_nothing_is_made(home: Path) -> None:
    result = ledger()
    assert (result.exit_code, "frontline train" in result.stderr) == (1, True)
    assert not home.exists()


def test_a_database_that_is_away_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTLINE_DATABASE_URL", "postgresql+psycopg://nobody:secret@127.0.0.1:1/none")
    result = ledger()
    assert (result.exit_code, "database.unreachable" in result.stderr) == (1, True)
    assert "secret" not in result.stderr + result.output

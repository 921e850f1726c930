"""`frontline db`, `backup` and `restore` as an operator types them, and a PostgreSQL that asks for passwords."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url
from typer.testing import CliRunner, Result

from bot import cli
from bot.cli import console
from bot.settings import Settings
from bot.snapshots import open_store
from bot.storage import staff
from tests.servers import PostgresServer, postgres_server

PASSWORD = "corréct horse/@:%"  # with every sign that means something in an address

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server on which `careful` needs a password, `PASSWORD`, and `stranger` is not let in."""
    with postgres_server() as server:
        with psycopg.connect(plain(server.database()), autocommit=True) as connection:
            connection.execute(f"CREATE ROLE careful LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
            connection.execute("CREATE ROLE stranger LOGIN")
            connection.execute("CREATE ROLE guest LOGIN")
            rules = server.folder / "data/pg_hba.conf"
            refusals = "host all careful all scram-sha-256\nhost all stranger all reject\n"
            rules.write_text(refusals + rules.read_text())
            connection.execute("SELECT pg_reload_conf()")
        yield server


def plain(url: str) -> str:
    """An address as PostgreSQL's own client wants it."""
    return url.replace("+psycopg", "")


def with_password(url: str, password: str = PASSWORD) -> str:
    """The address for `careful`."""
    return make_url(url).set(username="careful", password=password).render_as_string(hide_password=False)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home that every command uses."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRONTLINE_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command; no line of what it says is broken."""
    monkeypatch.setattr(console.out, "width", 1000)
    monkeypatch.setattr(console.err, "width", 1000)

    def command(*words: str | Path, ends_with: int = 0) -> Result:
        result = CliRunner().invoke(cli.app, [str(word) for word in words])
        assert result.exit_code == ends_with, result.output + result.stderr
        return result

    return command


def hire(login: str, **settings: object) -> None:
    """Put somebody into a database, which is made where there is none."""
    store = open_store(Settings(**settings))
    try:
        store.submit(lambda c: staff.add_staff(c, login=login, name=login, role="agent", password_hash="x")).result()
    finally:
        store.close()


def who_is_in(**settings: object) -> list[str]:
    """The logins in a database."""
    store = open_store(Settings(**settings))
    try:
        return [login for login in ("anna", "ben") if store.read_now(lambda c, who=login: staff.by_login(c, who))]
    finally:
        store.close()

"""A PostgreSQL that cannot be used: each fault by its name, with a hint, from `check` and from every command that needs it; no password, no traceback."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from bot.storage.opening import opened
from bot.storage.schema import upgrade
from tests.integration.databases.conftest import PASSWORD, Run, plain, with_password
from tests.servers import PostgresServer


@pytest.fixture(scope="module")
def later(postgres: PostgresServer) -> str:
    """A database of a version that is not out yet."""
    url = postgres.database()
    with opened(url) as engine:
        upgrade(engine)
    with psycopg.connect(plain(url)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    return url


WRONG = {
    "wrong password": ("database.password", "mend user and password"),
    "no password": ("database.password", "mend user and password"),
    "missing": ("database.missing", "createdb"),
    "no such user": ("database.user", "createuser"),
    "no such user, named like what passes": ("database.user", "createuser"),
    "not let in": ("database.refused", "pg_hba.conf"),
    "half a password": ("database.url", "%40"),
    "no port": ("database.url", "%40"),
    "later": ("database.later", "later one"),
}


@pytest.fixture(params=WRONG)
def wrong(request: pytest.FixtureRequest, later: str) -> tuple[str, str, str]:
    """An address, the fault, and words of the hint."""
    url = make_url(later)
    cases = {
        "wrong password": with_password(later, "wrong-" + PASSWORD),
        "no password": url.set(username="careful"),
        "missing": url.set(database="nowhere"),
        "no such user": url.set(username="nobody"),
        "no such user, named like what passes": url.set(username="recovery"),
        "not let in": url.set(username="stranger"),
        "half a password": "postgresql+psycopg://careful:corréct@horse@127.0.0.1/x",
        "no port": f"postgresql+psycopg://careful:{PASSWORD}",
        "later": later,
    }
    found = cases[request.param]
    return found if isinstance(found, str) else found.render_as_string(hide_password=False), *WRONG[request.param]


@pytest.mark.parametrize("command", [("check",), ("serve",), ("backup", "x.db"), ("db", "upgrade")], ids=" ".join)
def test_each_fault_has_a_name_and_a_hint(
    run: Run, home: Path, wrong: tuple[str, str, str], command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, fault, hint = wrong
    monkeypatch.setenv("FRONTLINE_DATABASE_URL", url)
    monkeypatch.setenv("FRONTLINE_RASA__ENABLED", "false")
    said = run(*command, ends_with=1).stderr
    assert fault in said
    assert hint in said
    for part in (PASSWORD, "horse", "corréct"):
        assert part not in said


@pytest.mark.parametrize("command", [("check",), ("backup", "x.db"), ("db", "upgrade")], ids=" ".join)
def test_commands_do_not_wait_for_a_server_that_is_not_there(
    run: Run, home: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = make_url("postgresql+psycopg://careful@127.0.0.1:1/x").set(password=PASSWORD)
    monkeypatch.setenv("FRONTLINE_DATABASE_URL", nowhere.render_as_string(hide_password=False))
    said = run(*command, ends_with=1).stderr
    assert "database.unreachable" in said
    assert "start the server" in said
    assert PASSWORD not in said


def test_an_old_schema_is_told_with_the_way_up(
    run: Run, home: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database()
    monkeypatch.setenv("FRONTLINE_DATABASE_URL", url)
    assert "missing or empty" in run("check", ends_with=1).stderr
    with opened(url) as engine:
        upgrade(engine, to="0003")
    said = run("check", ends_with=1).stderr
    assert "has schema 0003" in said
    assert "frontline db upgrade" in said
    run("db", "upgrade")
    assert "database." not in run("check", ends_with=1).stderr  # there is more to mend in an empty home


def test_who_may_not_make_tables_is_told_so(
    run: Run, home: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database()
    with psycopg.connect(plain(url)) as connection:
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    monkeypatch.setenv("FRONTLINE_DATABASE_URL", str(make_url(url).set(username="guest")))
    assert "database.rights" in run("db", "upgrade", ends_with=1).stderr


def test_looking_leaves_no_connection_behind(
    run: Run, home: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database()
    monkeypatch.setenv("FRONTLINE_DATABASE_URL", url)
    run("check", ends_with=1)
    with psycopg.connect(plain(url), autocommit=True) as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        while connection.execute(others).fetchone() != (0,):  # the server takes a moment to notice
            pass

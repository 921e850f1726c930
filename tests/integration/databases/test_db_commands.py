"""`frontline db upgrade` and `frontline db move`."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.home import only_one
from bot.storage.opening import opened
from bot.storage.schema import upgrade
from bot.storage.staff import count_staff
from bot.storage.store import Store
from tests.contract.storage.content import everything, rows_in, write_old
from tests.integration.databases.conftest import PASSWORD, Run, hire, who_is_in, with_password
from tests.servers import PostgresServer


def test_an_upgrade_says_from_which_version_to_which(run: Run, home: Path) -> None:
    write_old("0001", home / "frontline.db")
    assert "has schema 0005; before it had 0001." in run("db", "upgrade").output
    assert "has schema 0005, as before." in run("db", "upgrade").output
    assert who_is_in() == ["anna", "ben"]


def test_nothing_is_upgraded_under_a_running_front_line(
    run: Run, home: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_old("0001", home / "frontline.db")
    with only_one(home, ""):
        assert "stop it first" in run("db", "upgrade", ends_with=1).stderr
    url = postgres.database()
    with opened(url) as engine:
        upgrade(engine, to="0003")
    monkeypatch.setenv("FRONTLINE_DATABASE_URL", url)
    serving = Store(url)
    serving.read_now(count_staff)
    assert "stop all its processes" in run("db", "upgrade", ends_with=1).stderr
    serving.close()


def test_a_database_moves_there_and_back(
    run: Run, home: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = rows_in(write_old("0003", home / "frontline.db"))
    number = sum(len(rows) for table, rows in old.items() if table != "alembic_version")
    url = postgres.database()
    assert f"holds the {number} rows of" in run("db", "move", "--to", url).output
    monkeypatch.setenv("FRONTLINE_DATABASE_URL", url)
    assert "--force" in run("db", "move", "--to", f"sqlite:///{home}/frontline.db", ends_with=1).stderr
    run("db", "move", "--to", f"sqlite:///{home}/back.db")
    found = []
    for one in (url, f"sqlite:///{home}/back.db"):
        with opened(one) as engine, engine.connect() as connection:
            found.append(everything(connection))
    assert found[0] == found[1]
    assert sum(len(rows) for rows in found[0].values()) == number > 100


def test_the_password_comes_from_a_file_and_is_never_shown(
    run: Run, home: Path, postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hire("anna")
    url = with_password(postgres.database())
    (tmp_path / "target").write_text(f"{url}\n")
    with monkeypatch.context() as told:
        told.setenv("FRONTLINE_TARGET_URL_FILE", str(tmp_path / "target"))
        said = run("db", "move").output
        assert "127.0.0.1" in said
        (tmp_path / "target").write_text(with_password(url, "wrong-" + PASSWORD))
        refused = run("db", "move", "--force", ends_with=1)
    for shown in (said, refused.stderr, refused.output):
        assert PASSWORD not in shown
        assert "horse" not in shown
    monkeypatch.setenv("FRONTLINE_TARGET_URL", url)
    assert "holds data" in run("db", "move", ends_with=1).stderr
    assert who_is_in(database_url=url) == ["anna"]


@pytest.mark.parametrize("where", ["careful:geheim@127.0.0.1/x", "careful@127.0.0.1/x?password=geheim"])
def test_a_password_on_the_command_line_is_refused(run: Run, home: Path, where: str) -> None:
    hire("anna")
    said = run("db", "move", "--to", f"postgresql+psycopg://{where}", ends_with=1).stderr
    assert "target.password" in said
    assert "FRONTLINE_TARGET_URL_FILE" in said
    assert "geheim" not in said


def test_it_must_be_said_where_to_move_to(run: Run, home: Path) -> None:
    hire("anna")
    assert "target.url" in run("db", "move", ends_with=1).stderr
    assert "target.url" in run("db", "move", "--to", "mysql://x/y", ends_with=1).stderr
    assert "target.same" in run("db", "move", "--to", f"sqlite:///{home}/frontline.db", ends_with=1).stderr


def test_nothing_moves_while_a_front_line_works_on_it(
    run: Run, home: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hire("anna")
    with only_one(home, ""):
        assert "stop it first" in run("db", "move", "--to", f"sqlite:///{home}/other.db", ends_with=1).stderr
    url = postgres.database()
    hire("ben", database_url=url)
    serving = Store(url)
    serving.read_now(count_staff)
    assert "stop all its processes" in run("db", "move", "--to", url, "--force", ends_with=1).stderr
    monkeypatch.setenv("FRONTLINE_DATABASE_URL", url)
    assert "stop all its processes" in run("db", "move", "--to", f"sqlite:///{home}/other.db", ends_with=1).stderr
    serving.close()
    run("db", "move", "--to", f"sqlite:///{home}/other.db")

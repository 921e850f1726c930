"""`frontline backup` and `frontline restore`."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from bot.home import only_one
from bot.storage import files
from tests.contract.storage.content import rows_in, write_old
from tests.integration.databases.conftest import Run, hire, who_is_in
from tests.servers import PostgresServer


def test_a_backup_is_one_file_for_its_owner_alone(run: Run, home: Path, tmp_path: Path) -> None:
    hire("anna")
    said = run("backup", tmp_path / "backups/today.db").output
    assert "today.db holds what" in said
    assert [file.name for file in (tmp_path / "backups").iterdir()] == ["today.db"]
    assert stat.S_IMODE((tmp_path / "backups/today.db").stat().st_mode) == 0o600
    assert rows_in(tmp_path / "backups/today.db")["staff"][0]["login"] == "anna"


def test_no_file_is_overwritten(run: Run, home: Path, tmp_path: Path) -> None:
    hire("anna")
    (tmp_path / "today").write_text("precious")
    assert "is there already" in run("backup", "today", ends_with=1).stderr
    assert (tmp_path / "today").read_text() == "precious"


def test_where_there_is_no_database_nothing_is_made(run: Run, home: Path, tmp_path: Path) -> None:
    assert "is missing or empty" in run("backup", "today.db", ends_with=1).stderr
    assert [*tmp_path.iterdir()] == [home]
    assert not (home / "frontline.db").exists()


def test_a_backup_does_not_fill_the_disk(run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hire("anna")
    monkeypatch.setattr(files, "RESERVE", 2**62)
    assert "free some space" in run("backup", "today.db", ends_with=1).stderr
    assert [*tmp_path.iterdir()] == [home]


def test_a_backup_before_an_upgrade_keeps_the_old_schema(run: Run, home: Path) -> None:
    write_old("0003", home / "frontline.db")
    run("backup", "today.db")
    assert rows_in(Path("today.db")) == rows_in(home / "frontline.db")


def test_what_was_backed_up_comes_back(run: Run, home: Path) -> None:
    hire("anna")
    run("backup", "today.db")
    hire("ben")
    assert "--force" in run("restore", "today.db", ends_with=1).stderr
    assert who_is_in() == ["anna", "ben"]
    said = run("restore", "today.db", "--force").output
    assert who_is_in() == ["anna"]
    (kept,) = home.glob("frontline-*.db")
    assert f"kept in {kept}" in said
    assert [row["login"] for row in rows_in(kept)["staff"]] == ["anna", "ben"]


def test_a_backup_comes_back_into_an_empty_home_and_is_upgraded(run: Run, home: Path, tmp_path: Path) -> None:
    old = write_old("0001", tmp_path / "old.backup")
    before = old.read_bytes()
    assert "3 replies that waited to be sent" in run("restore", "old.backup").output
    assert who_is_in() == ["anna", "ben"]
    assert old.read_bytes() == before
    assert [*home.glob("*.part*")] == []


def test_a_backup_of_one_kind_comes_back_into_the_other(
    run: Run, home: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hire("anna")
    run("backup", "lite.db")
    url = postgres.database()
    with monkeypatch.context() as served:
        served.setenv("FRONTLINE_DATABASE_URL", url)
        run("restore", "lite.db")
        assert who_is_in(database_url=url) == ["anna"]
        hire("ben", database_url=url)
        run("backup", "post.db")
        assert "--force" in run("restore", "lite.db", ends_with=1).stderr
        run("restore", "lite.db", "--force")
        assert who_is_in(database_url=url) == ["anna"]
    (kept,) = home.glob("front_*.db")
    for file in (kept, Path("post.db")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert [row["login"] for row in rows_in(file)["staff"]] == ["anna", "ben"]
    run("restore", "post.db", "--force")
    assert who_is_in() == ["anna", "ben"]


def test_nothing_is_restored_under_a_running_front_line(run: Run, home: Path) -> None:
    hire("anna")
    run("backup", "today.db")
    with only_one(home, ""):
        run("backup", "tomorrow.db")
        assert "stop it first" in run("restore", "today.db", "--force", ends_with=1).stderr


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda file: None, "file.missing"),
        (lambda file: file.write_bytes(b"SQLite format 4" * 300), "file.damaged"),
        (lambda file: _cut(file), "file.damaged"),
        (lambda file: _say(file, "CREATE TABLE message (id)"), "file.foreign"),
        (lambda file: _say(file, "UPDATE alembic_version SET version_num = '9999'"), "database.later"),
        (lambda file: _say(file, "DELETE FROM customer"), "file.damaged"),
    ],
    ids=["missing", "no database", "cut off", "another's", "later", "torn"],
)
def test_only_a_whole_database_of_ours_is_restored(run: Run, home: Path, tmp_path: Path, make, fault: str) -> None:  # type: ignore[no-untyped-def]
    hire("anna")
    file = tmp_path / "some.backup"
    if fault not in ("file.missing", "file.foreign"):
        write_old("0003", file)
    make(file)
    assert fault in run("restore", file, "--force", ends_with=1).stderr
    assert who_is_in() == ["anna"]
    assert [one.name for one in home.iterdir() if one.suffix == ".db"] == ["frontline.db"]


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _say(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute(statement)
        database.commit()

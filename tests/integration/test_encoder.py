"""A sentence encoder that is set, tried, changed, removed and missing: commands and snapshots."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot import cli
from bot.cli import console
from bot.domain.answer import Answer, AnswerText, Phrasing
from bot.errors import SettingsError
from bot.keeper import Keeper
from bot.knowledge.publishing import import_answers
from bot.settings import Settings, Understanding
from bot.snapshots import Publisher
from bot.storage.store import Store
from nlu.folder import SnapshotFolder
from tests.encoders import make_encoder

MEANT = (("zaun", "gatter", "railing"), ("dach", "giebel", "gable"), ("keller", "gewölbe", "basement"))


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    """An encoder that knows the words of the answers in two languages."""
    return make_encoder(tmp_path / "encoder", MEANT)


@pytest.fixture
def publisher_for(store: Store, tmp_path: Path) -> Callable[[Path | None], Publisher]:
    """A publisher of three answers, with whatever encoder is set."""
    answers = [
        Answer(w[0], "faq", "house", (), (AnswerText("de", w[0], "so"),), (Phrasing("de", w[1]),)) for w in MEANT
    ]
    store.submit(lambda connection: import_answers(connection, answers)).result()
    (tmp_path / "rasa").mkdir()
    talk = "nlu:\n- intent: greet\n  examples: |\n    - hallo\n    - guten tag\n"
    (tmp_path / "rasa/nlu.yml").write_text(talk, encoding="utf-8")

    def publisher(folder: Path | None) -> Publisher:
        understanding = Understanding(encoder=folder)
        return Publisher(Settings(home=tmp_path, content=tmp_path, understanding=understanding), store)

    return publisher


def test_a_fit_is_made_when_the_encoder_is_set_changed_moved_or_removed_and_only_then(
    publisher_for: Callable[[Path | None], Publisher], encoder: Path, tmp_path: Path
) -> None:
    moved = shutil.copytree(encoder, tmp_path / "moved")
    other = make_encoder(tmp_path / "other", MEANT[:2])
    fresh = [publisher_for(one).fit()[1] for one in (None, None, encoder, encoder, moved, moved, other, None, None)]
    assert fresh == [True, False, True, False, True, False, True, True, False]


def test_the_keeper_has_it_fitted_anew_and_patches_nothing_of_another_encoder(
    publisher_for: Callable[[Path | None], Publisher], store: Store, encoder: Path
) -> None:
    publisher_for(None).fit()
    publisher = publisher_for(encoder)
    begun: list[Any] = []
    Keeper(publisher, store, lambda: begun.append(publisher.fit())).look()
    assert len(begun) == 1
    version = SnapshotFolder(encoder.parent / "snapshots").version()
    assert publisher.encoder is not None
    assert str(version).endswith(publisher.encoder.mark)
    assert publisher.base() is not None


def test_where_the_folder_is_gone_the_setting_is_named(
    publisher_for: Callable[[Path | None], Publisher], encoder: Path
) -> None:
    encoder.rename(encoder.with_name("gone"))
    with pytest.raises(SettingsError, match=r"understanding\.encoder: there is no folder"):
        publisher_for(encoder).fit()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of the commands, whose words are not broken into lines."""
    monkeypatch.setenv("FRONTLINE_HOME", str(tmp_path))
    monkeypatch.setattr(console.out, "width", 1000)
    monkeypatch.setattr(console.err, "width", 1000)
    return tmp_path


def test_check_finds_a_snapshot_whose_encoder_is_gone(
    publisher_for: Callable[[Path | None], Publisher], encoder: Path, home: Path
) -> None:
    publisher_for(encoder).fit()
    encoder.rename(home / "gone")
    said = CliRunner().invoke(cli.app, ["check"]).stderr
    assert "the snapshot is not read: there is no folder" in said
    assert "understanding.encoder" in said


def test_check_finds_what_is_wrong_with_the_encoder(home: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (encoder / "tokenizer.json").unlink()
    monkeypatch.setenv("FRONTLINE_UNDERSTANDING__ENCODER", str(encoder))
    assert f"{encoder} lacks tokenizer.json" in CliRunner().invoke(cli.app, ["check"]).stderr


@pytest.mark.parametrize("command", ["check", "train"])
def test_rasas_environment_must_have_the_packages_too(
    command: str, home: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = "raise ModuleNotFoundError('no', name='onnxruntime')"
    (home / "without").mkdir()
    (home / "without/onnxruntime.py").write_text(missing, encoding="utf-8")
    python = home / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={home}/without exec {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setenv("FRONTLINE_RASA__PYTHON", str(python))
    monkeypatch.setenv("FRONTLINE_UNDERSTANDING__ENCODER", str(encoder))
    said = CliRunner().invoke(cli.app, [command]).stderr
    assert "in Rasa's environment the package onnxruntime is not installed" in said
    assert "extra `encoder`" in said


def test_evaluate_tries_an_encoder(home: Path, encoder: Path) -> None:
    def accuracy(*options: str) -> float:
        files = ("--train", str(home / "train.tsv"), "--test", str(home / "test.tsv"), "--json", str(home / "out.json"))
        done = CliRunner().invoke(cli.app, ["evaluate", *files, "--language", "de", *options])
        assert done.exit_code == 0, done.output
        return float(json.loads((home / "out.json").read_text(encoding="utf-8"))["accuracy"])

    def written(name: str, rows: list[tuple[str, str]]) -> None:
        lines = [f"{text}\t{label}" for text, label in [("text", "label"), *rows]]
        (home / name).write_text("\n".join([*lines, ""]), encoding="utf-8")

    written("train.tsv", [(f"{word}{rest}", w[0]) for w in MEANT for word in w[:2] for rest in ("", " bitte", " hier")])
    written("test.tsv", [(w[2], w[0]) for w in MEANT])
    assert accuracy("--encoder", str(encoder)) == 1.0
    assert accuracy() < 1.0


def test_evaluate_says_what_is_wrong_with_an_encoder(home: Path) -> None:
    (home / "test.tsv").write_text("text\tlabel\nzaun\tzaun\n", encoding="utf-8")
    files = ("--train", str(home / "test.tsv"), "--test", str(home / "test.tsv"))
    done = CliRunner().invoke(cli.app, ["evaluate", *files, "--encoder", str(home / "nowhere")])
    assert done.exit_code == 1
    assert "nowhere" in done.output

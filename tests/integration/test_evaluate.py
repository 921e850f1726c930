"""`frontline evaluate` from files to figures."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot import cli
from bot.cli import console
from bot.domain.answer import Answer, AnswerText, Phrasing
from bot.knowledge.publishing import import_answers
from bot.settings import Settings
from bot.snapshots import open_store

KEYS = [
    "accuracy",
    "mrr",
    "recall_at_5",
    "auroc",
    "aurc",
    "correct_at_target",
    "precision_at_target",
    "false_handoff",
    "missed_handoff",
    "clarified",
    "clarified_hit",
    "calibration_error",
    "ms_p50",
    "ms_p99",
    "fit_seconds",
    "index_mb",
    "n_test",
]
KNOWN = {
    "end it/contract": (
        "how do i cancel my contract",
        "terminate my plan",
        "i want to end my subscription",
        "leave you",
    ),
    "bill": ("where do i see my bill", "download my last invoice", "show me my bills", "invoice as pdf"),
    "intent:wifi": ("where is my wifi password", "forgot the wifi code", "wifi key on the router", "network key"),
    "$oaming": ("can i use my phone in spain", "roaming in italy", "calls from greece", "data on holiday abroad"),
}
TEST = {
    "end it/contract": ("cancel the contract please",),
    "bill": ("my last bill as pdf", "where are the invoices"),
    "intent:wifi|bill": ("what is the wifi key",),
    "oos": ("who won the world cup", "tell me a joke about cats"),
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRONTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(console.out, "width", 1000)  # wide enough for a line a fault, however long the paths
    monkeypatch.setattr(console.err, "width", 1000)
    return tmp_path / "home"


def written(path: Path, rows: dict[str, Iterable[str]]) -> str:
    lines = [f"{text}\t{label}" for label, texts in rows.items() for text in texts]
    path.write_text("\n".join(["text\tlabel", *lines, ""]), encoding="utf-8")
    return str(path)


def evaluate(*options: str) -> str:
    """What the command says. It must succeed."""
    done = CliRunner().invoke(cli.app, ["evaluate", *options])
    assert done.exit_code == 0, done.output
    return done.output


def refused(*options: str) -> str:
    """What the command complains of. It must fail."""
    done = CliRunner().invoke(cli.app, ["evaluate", *options])
    assert done.exit_code == 1, done.output
    return done.output


def figures(folder: Path, *options: str) -> dict[str, Any]:
    evaluate(*options, "--json", str(folder / "out.json"))
    found: dict[str, Any] = json.loads((folder / "out.json").read_text(encoding="utf-8"))
    return found


def test_files_become_figures_and_a_picture(tmp_path: Path, home: Path) -> None:
    train = written(tmp_path / "train.tsv", KNOWN)
    more = written(tmp_path / "more.tsv", {"oos": ("what is the capital of peru", "sing me a song")})
    test, picture = written(tmp_path / "test.tsv", TEST), tmp_path / "out.png"
    options = ("--train", train, "--train", more, "--tune", test, "--test", test, "--out-of-scope", "oos")
    found = figures(tmp_path, *options, "--plot", str(picture))
    assert list(found) == KEYS
    assert (found["n_test"], found["accuracy"]) == (6, 1.0)
    assert all(0.0 <= found[name] <= 1.0 for name in KEYS[:12] if found[name] is not None)
    assert picture.read_bytes().startswith(b"\x89PNG\r\n")
    assert not home.exists()


def test_without_rows_out_of_scope_the_figures_about_them_are_null(tmp_path: Path) -> None:
    train = written(tmp_path / "train.tsv", KNOWN)
    found = figures(tmp_path, "--train", train, "--test", train, "--language", "en")
    assert {name for name in ("accuracy", "auroc", "missed_handoff") if found[name] is None} == {
        "auroc",
        "missed_handoff",
    }


def test_a_label_training_does_not_know_is_warned_of_and_never_right(tmp_path: Path) -> None:
    train = written(tmp_path / "train.tsv", KNOWN)
    test = written(tmp_path / "test.tsv", {"bill": ("show my bills",), "refund": ("money back", "refund it")})
    said = evaluate("--train", train, "--test", test, "--json", str(tmp_path / "out.json"))
    assert "2 questions of the test file have labels that no answer has: refund" in said
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["accuracy"] == pytest.approx(1 / 3, abs=1e-6)


def test_the_published_answers_are_measured_without_training_files(tmp_path: Path) -> None:
    store = open_store(Settings())
    answers = [
        Answer(
            f"a{i}", "faq", "t", (), (AnswerText("en", texts[0], "so"),), tuple(Phrasing("en", t) for t in texts[1:])
        )
        for i, texts in enumerate(KNOWN.values())
    ]
    store.submit(lambda connection: import_answers(connection, answers)).result()
    store.close()
    test = written(tmp_path / "test.tsv", {"a1": TEST["bill"], "none": TEST["oos"]})
    found = figures(tmp_path, "--test", test, "--out-of-scope", "none")
    assert (found["n_test"], found["accuracy"]) == (4, 1.0)


def test_with_nothing_published_a_person_is_told_what_to_do(tmp_path: Path) -> None:
    assert "answers import" in refused("--test", written(tmp_path / "test.tsv", TEST))


def test_all_faults_of_all_files_and_options_are_told_before_fitting(tmp_path: Path) -> None:
    broken = written(tmp_path / "broken.tsv", {"": ("a question",), "bill": ("",)})
    said = refused(
        *("--train", str(tmp_path / "none.tsv"), "--test", broken, "--language", "fr"),
        *("--plot", str(tmp_path / "x.gif"), "--json", str(tmp_path / "no" / "x.json")),
    )
    for part in ("none.tsv: it cannot be read", "line 2: a label is empty", "line 3: the text is empty"):
        assert part in said
    for fault in ("evaluation.language", "evaluation.plot", "evaluation.folder"):
        assert fault in said


def test_training_on_nothing_but_what_nobody_answers_is_a_fault(tmp_path: Path) -> None:
    train = written(tmp_path / "train.tsv", {"oos": ("sing me a song",)})
    assert "out of scope" in refused("--train", train, "--test", train, "--out-of-scope", "oos")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    train = written(tmp_path / "train.tsv", KNOWN)
    (tmp_path / "taken.json").mkdir()
    said = refused("--train", train, "--test", train, "--json", str(tmp_path / "taken.json"))
    assert "cannot be written" in said

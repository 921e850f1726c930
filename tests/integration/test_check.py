"""`frontline check` on a house that is in order, and on some that are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from bot import cli
from bot.brain.local import LocalBrain
from bot.checking import find_faults
from bot.cli import console
from bot.settings import Rasa, Settings
from nlu.content import AnswerEntry, Content, Phrasing
from nlu.folder import SnapshotFolder
from nlu.learning.training import fit
from tests.fakes.rasa import TOKEN, FakeRasa
from tests.homes import fresh_home


def check() -> Result:
    return CliRunner().invoke(cli.app, ["check"])


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is broken in the middle of what a test looks for."""
    monkeypatch.setattr(console.out, "width", 400)
    monkeypatch.setattr(console.err, "width", 400)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FRONTLINE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.timeout(600)
def test_a_house_in_order_has_nothing_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTLINE_HOME", str(fresh_home(tmp_path / "home")))
    CliRunner().invoke(cli.app, ["db", "upgrade"])  # what is copied may have been prepared by an earlier version
    result = check()
    assert (result.exit_code, result.output.strip()) == (0, "Nothing is wrong.")


@pytest.mark.usefixtures("home")
def test_everything_wrong_is_listed_at_once_each_with_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "content/outcomes").mkdir(parents=True)
    (tmp_path / "content/outcomes/me.tsv").write_text("text\tlabel\tlanguage\nwhy\tbill\tfr\n", encoding="utf-8")
    monkeypatch.setenv("FRONTLINE_CONTENT", str(tmp_path / "content"))
    result = check()
    assert result.exit_code == 1
    for found in ("content.outcomes", "me.tsv, line 2", "database.schema", "content.unpublished", "frontline train"):
        assert found in result.stderr


def test_it_says_how_many_labelled_questions_the_promise_wants(home: Path) -> None:
    phrasings = {"bill": ("where is my bill", "show my invoice"), "cancel": ("end my contract", "i want to leave")}
    entries = (AnswerEntry(k, "t", "faq", tuple(Phrasing(t, "en") for t in texts)) for k, texts in phrasings.items())
    SnapshotFolder(home / "snapshots").publish(fit(Content("1", tuple(entries), {})))
    output = check().output
    assert "understanding.unproven" in output
    assert "more questions of customers" in output


@pytest.mark.usefixtures("home")
def test_it_names_words_that_mean_two_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = "  - id: {}\n    en: {{question: {}, text: So., phrasings: [blue form]}}\n"
    answers = tmp_path / "content" / "answers"
    answers.mkdir(parents=True)
    topic = "topic: forms\ntitle: {de: Formulare, en: Forms}\nanswers:\n"
    (answers / "forms.yml").write_text(topic + one.format("send", "Where to") + one.format("get", "Where from"))
    monkeypatch.setenv("FRONTLINE_CONTENT", str(tmp_path / "content"))
    output = " ".join(check().output.split())
    assert "content.ambiguous" in output
    assert "“blue form” is a phrasing of get and of send" in output


async def test_it_finds_rasa_processes_that_do_not_answer_or_not_to_us(tmp_path: Path) -> None:
    content = Content("1", (AnswerEntry("bill", "t", "faq", (Phrasing("where is my bill", "en"),)),), {})
    SnapshotFolder(tmp_path / "snapshots").publish(fit(content))
    brain = LocalBrain(SnapshotFolder(tmp_path / "snapshots"))
    async with FakeRasa(brain) as ours, FakeRasa(brain, token="another") as of_others, FakeRasa(brain) as gone:
        await gone.stop()
        rasa = Rasa(urls=(ours.url, of_others.url, gone.url), token=SecretStr(TOKEN))
        found = await find_faults(Settings(home=tmp_path, rasa=rasa))
    told = [(fault.id, fault.wrong.partition(": ")[0]) for fault in found if fault.id.startswith("rasa.")]
    assert told == [("rasa.refused", of_others.url), ("rasa.unreachable", gone.url)]
    assert TOKEN not in str(found)


@pytest.mark.usefixtures("home")
def test_rasa_alone_is_not_started_for_everybody_nor_without_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "rasa.token" in CliRunner().invoke(cli.app, ["rasa"]).stderr
    monkeypatch.setenv("FRONTLINE_RASA__TOKEN", TOKEN)
    monkeypatch.setenv("FRONTLINE_RASA__PYTHON", "/nowhere/python")
    refused = CliRunner().invoke(cli.app, ["rasa"])
    assert (refused.exit_code, "rasa.python" in refused.stderr) == (1, True)
    assert TOKEN not in refused.output

"""The same snapshot reads alike in Rasa's interpreter and in the bot's."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nlu.content import AnswerEntry, Content, Phrasing
from nlu.encoder import Encoder
from nlu.learning.training import fit
from nlu.snapshot import Snapshot
from nlu.understanding import Understanding
from tests.encoders import make_encoder
from tests.nlu.sample import load_questions, load_urgency

pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).parents[2]
RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
READ_ALL = """
import json, sys
from pathlib import Path
from nlu.snapshot import Snapshot
from nlu.understanding import Understanding
understanding = Understanding(Snapshot.load(Path(sys.argv[1])))
print(json.dumps([understanding.read(text).as_dict() for text in json.load(sys.stdin)]))
"""


def read_there(folder: Path, texts: list[str]) -> subprocess.CompletedProcess[str]:
    """What Rasa's interpreter makes of the texts with the snapshot in a folder."""
    command = [RASA_PYTHON, "-c", READ_ALL, folder]
    return subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=False, cwd=ROOT)


def read_here(folder: Path, texts: list[str]) -> list[Any]:
    """What this interpreter makes of them."""
    understanding = Understanding(Snapshot.load(folder))
    return [json.loads(json.dumps(understanding.read(text).as_dict())) for text in texts]


def test_both_interpreters_read_alike(snapshot: Snapshot, tmp_path: Path) -> None:
    texts = [row.text for row in load_questions("dev")] + [text for text, _, _ in load_urgency("dev")]
    texts += ["", "🙂🙂", "\ud800", "a" * 64_000, "word " * 10_000]
    snapshot.save(tmp_path)
    there = read_there(tmp_path, texts)
    assert json.loads(there.stdout) == read_here(tmp_path, texts)


def test_with_an_encoder_both_read_alike_or_one_says_what_it_lacks(tmp_path: Path) -> None:
    """The extra `encoder` is in an environment only where somebody installed it."""
    encoder = Encoder.open(
        make_encoder(tmp_path / "encoder", [("zaun", "fence"), ("dach", "roof"), ("keller", "cellar")])
    )
    texts = ["zaun", "wer streicht den zaun", "dach", "loch im dach", "keller", "wasser im keller"]
    answers = (
        AnswerEntry(t.split()[-1], "house", "faq", (Phrasing(t, "de"), Phrasing(f"{t} bitte", "de")))
        for t in texts[::2]
    )
    fit(Content("house", tuple(answers), {}), encoder=encoder).save(tmp_path)
    asked = [*texts, "fence", "the roof leaks", "cellar", "xyzzy", "", "\ud800", "fence " * 10_000]
    there = read_there(tmp_path, asked)
    if there.returncode == 0:
        assert json.loads(there.stdout) == read_here(tmp_path, asked)
    else:
        assert "install the extra `encoder` in this environment" in there.stderr

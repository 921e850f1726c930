"""The same snapshot reads alike in Rasa's interpreter and in the bot's."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from nlu.snapshot import Snapshot
from nlu.understanding import Understanding
from tests.nlu.sample import load_questions, load_urgency

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("nlu")]

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


def test_both_interpreters_read_alike(snapshot: Snapshot, tmp_path: Path) -> None:
    texts = [row.text for row in load_questions("dev")] + [text for text, _, _ in load_urgency("dev")]
    texts += ["", "🙂🙂", "\ud800", "a" * 64_000, "word " * 10_000]
    snapshot.save(tmp_path)
    there = subprocess.run(
        [RASA_PYTHON, "-c", READ_ALL, tmp_path],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    understanding = Understanding(Snapshot.load(tmp_path))
    here = [json.loads(json.dumps(understanding.read(text).as_dict())) for text in texts]
    assert json.loads(there.stdout) == here

"""What only code beside Rasa can see, asked of one process in Rasa's own environment."""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.rasa.process import PYTHON, ROOT


@pytest.fixture(scope="module")
def found(model: Path, snapshots: Path) -> dict[str, Any]:
    inside, seed = Path(__file__).with_name("inside.py"), os.environ.get("FRONTLINE_SEED", str(random.randrange(10**6)))
    print(f"FRONTLINE_SEED={seed}")
    variables = {**os.environ, "FRONTLINE_SNAPSHOTS": str(snapshots), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [PYTHON, inside, model, seed], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_the_compiled_check_of_an_actions_result_judges_as_rasas_own(found: dict[str, Any]) -> None:
    assert found["verdicts"]["compiled"] == found["verdicts"]["rasa"]
    assert found["verdicts"]["compiled"] == [True, True, False, False, False, False]


def test_a_message_whose_action_fails_is_an_error_and_can_be_sent_again(found: dict[str, Any]) -> None:
    assert found["silence"] == ["no act followed", "helped"]


def test_a_conversation_may_wander_between_processes_and_be_asked_twice(found: dict[str, Any]) -> None:
    walks = found["walks"]
    assert walks["differences"] == []
    assert walks["ends"]["fault"] >= 3  # forms were finished, and some in another process than they were begun in
    assert walks["ends"]["contact"] >= 3
    assert walks["moved"] >= 20


def test_a_turn_leaves_nothing_behind(found: dict[str, Any]) -> None:
    assert found["walks"]["left"] == []

"""What only code beside Rasa can see, asked of one process in Rasa's own environment."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.rasa.process import PYTHON, ROOT


@pytest.fixture(scope="module")
def found(model: Path) -> dict[str, Any]:
    inside = Path(__file__).with_name("inside.py")
    done = subprocess.run([PYTHON, inside, model], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_the_compiled_check_of_an_actions_result_judges_as_rasas_own(found: dict[str, Any]) -> None:
    assert found["verdicts"]["compiled"] == found["verdicts"]["rasa"]
    assert found["verdicts"]["compiled"] == [True, True, False, False, False, False]


def test_a_long_conversation_keeps_a_short_tracker(found: dict[str, Any]) -> None:
    assert len(found["lengths"]) == 100
    assert max(found["lengths"]) <= 20


def test_the_conversation_silent_longest_is_forgotten_when_there_are_too_many(found: dict[str, Any]) -> None:
    assert found["known"] == [True, False]


def test_a_redis_url_is_understood(found: dict[str, Any]) -> None:
    expected = {"host": "cache", "port": 6380, "db": 2, "password": "ge@heim", "use_ssl": True}
    assert found["redis"] == expected


def test_a_message_whose_action_fails_is_an_error_and_can_be_sent_again(found: dict[str, Any]) -> None:
    assert found["silence"] == ["no act followed", "helped"]

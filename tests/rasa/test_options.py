"""How the Rasa process may be started: who may reach it, and where its secret comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from actions.server import read_options

SECRET = {"FRONTLINE_RASA_TOKEN": "a-shared-secret"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "rasa.internal", ""])
def test_beyond_the_loopback_it_listens_with_a_token_only(host: str) -> None:
    with pytest.raises(SystemExit, match="FRONTLINE_RASA_TOKEN"):
        read_options(["--host", host], {})
    with pytest.raises(SystemExit, match="FRONTLINE_RASA_TOKEN"):
        read_options(["--host", host], {"FRONTLINE_RASA_TOKEN": ""})
    assert read_options(["--host", host], SECRET).host == host


@pytest.mark.parametrize("arguments", [[], ["--host", "127.0.0.2"], ["--host", "::1"], ["--host", "localhost"]])
def test_on_the_loopback_it_may_do_without(arguments: list[str]) -> None:
    assert read_options(arguments, {}).token is None


def test_the_token_can_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-the-file\n", encoding="utf-8")
    named = {"FRONTLINE_RASA_TOKEN_FILE": str(tmp_path / "token")}
    assert read_options(["--host", "0.0.0.0"], named).token == "from-the-file"
    assert read_options([], named | SECRET).token == "a-shared-secret"


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_a_file_without_a_token_opens_no_door_to_the_world(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SystemExit):
        read_options(["--host", "0.0.0.0"], {"FRONTLINE_RASA_TOKEN_FILE": str(file)})

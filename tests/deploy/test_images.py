"""The files that images are built from name what there is. They are read here, not built."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomllib

from actions.server import read_options
from bot.settings import PREFIX, Settings
from tests.deploy.dockerfile import copied, environment, instructions, last, python_of
from tests.docs.pages import ROOT, read
from tests.docs.test_settings import SETTINGS

IMAGES = ("bot", "rasa")
PROJECT = tomllib.loads(read("pyproject.toml"))["project"]
SENT = [line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")]


@pytest.mark.parametrize("image", IMAGES)
def test_what_is_copied_is_there_and_is_sent_to_the_engine(image: str) -> None:
    for source in copied(image):
        assert source.exists(), source
        assert source.relative_to(ROOT).parts[0] in SENT


def test_nothing_is_sent_to_the_engine_for_nothing() -> None:
    assert {source.relative_to(ROOT).parts[0] for image in IMAGES for source in copied(image)} == set(SENT)


@pytest.mark.parametrize(("image", "extra"), [("bot", "bot"), ("rasa", "rasa")])
def test_packages_come_from_the_lock_file(image: str, extra: str) -> None:
    steps = [one.value for one in instructions(image) if one.name == "RUN" and "uv sync" in one.value]
    assert steps
    for step in steps:
        assert "--frozen" in step
        assert re.findall(r"--extra (\w+)", step) == [extra]
        assert "--no-default-groups" in step
    requirements = PROJECT["optional-dependencies"][extra]
    version = ".".join(map(str, python_of(image)))
    marker = ">= '3.11'" if extra == "bot" else "< '3.11'"
    assert all(marker in requirement for requirement in requirements)
    assert (python_of(image) >= (3, 11)) == (extra == "bot"), version


@pytest.mark.parametrize("image", IMAGES)
def test_images_run_as_nobody_special_and_start_from_a_named_version(image: str) -> None:
    assert last(image, "USER").value not in ("root", "0")
    assert any(f" {last(image, 'USER').value}" in one.value and "useradd" in one.value for one in instructions(image))
    assert re.fullmatch(r"docker\.io/library/python:3\.\d+-slim-bookworm", last(image, "FROM").value)
    assert last(image, "STOPSIGNAL").value == "SIGTERM"


def test_the_front_line_takes_the_environment_of_its_image(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ours = {name: value for name, value in environment("bot").items() if name.startswith(PREFIX)}
    assert set(ours) <= {PREFIX + setting.upper().replace(".", "__") for setting in SETTINGS}
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    found = Settings.load(tmp_path / "none.toml")
    assert last("bot", "VOLUME").words == [str(found.home)]
    assert last("bot", "EXPOSE").value == str(found.port)
    assert f":{found.port}/healthz" in last("bot", "HEALTHCHECK").value
    assert last("bot", "ENTRYPOINT").words[0] in PROJECT["scripts"]


def test_rasa_takes_the_options_of_its_image() -> None:
    command = last("rasa", "ENTRYPOINT").words
    assert command == ["python", "-m", "actions.server"]
    options = read_options(last("rasa", "CMD").words, {"FRONTLINE_RASA_TOKEN": "token"})
    assert last("rasa", "EXPOSE").value == str(options.port)
    assert f"{options.port})" in last("rasa", "HEALTHCHECK").value
    (training,) = [one.value for one in instructions("rasa") if "actions.train" in one.value]
    assert f"--out {options.model}" in training


def test_both_images_know_the_snapshots_by_the_same_place() -> None:
    shared = environment("rasa")["FRONTLINE_SNAPSHOTS"]
    assert shared == f"{environment('bot')['FRONTLINE_HOME']}/snapshots"
    uid = next(re.findall(r"--uid (\d+)", one.value) for one in instructions("bot") if "useradd" in one.value)
    assert all(
        f"--owner {uid[0]}" in one.value for one in instructions("rasa") if shared in one.value and one.name == "RUN"
    )

"""A Dockerfile's instructions, as far as ours have them (https://docs.docker.com/reference/dockerfile/)."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import ROOT

IMAGES = ROOT / "deploy/images"


@dataclass(frozen=True)
class Instruction:
    """One of them. `stage` counts from 0."""

    name: str
    value: str
    stage: int

    @property
    def words(self) -> list[str]:
        """The words of its JSON form, or of its shell form."""
        return list(json.loads(self.value)) if self.value.startswith("[") else shlex.split(self.value)


def instructions(image: str) -> list[Instruction]:
    """All of an image's, with its arguments filled in."""
    text = re.sub(r"(?m)^#.*\n", "", (IMAGES / f"{image}.Dockerfile").read_text(encoding="utf-8"))
    found: list[Instruction] = []
    arguments: dict[str, str] = {}
    stage = -1
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip():
            continue
        name, _, value = line.strip().partition(" ")
        value = re.sub(r"\$\{(\w+)\}", lambda match: arguments.get(match[1], match[0]), value.strip())
        stage += name == "FROM"
        if name == "ARG":
            arguments.update([value.split("=", 1)])
        found.append(Instruction(name, value, stage))
    return found


def last(image: str, name: str) -> Instruction:
    """The one that counts in the image that is made."""
    return [one for one in instructions(image) if one.name == name][-1]


def environment(image: str) -> dict[str, str]:
    """What the image sets for what runs in it."""
    found = instructions(image)
    final = [one for one in found if one.name == "ENV" and one.stage == found[-1].stage]
    return dict(word.split("=", 1) for one in final for word in one.words)


def copied(image: str) -> list[Path]:
    """What is copied into it from the project."""
    copies = [one.words for one in instructions(image) if one.name == "COPY" and "--from" not in one.value]
    return [ROOT / source for words in copies for source in words[:-1]]


def python_of(image: str) -> tuple[int, int]:
    """The version of Python that it is made from."""
    match = re.search(r"python:(\d+)\.(\d+)-", last(image, "FROM").value)
    assert match is not None
    return int(match[1]), int(match[2])

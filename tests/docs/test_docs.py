"""The documentation, held against the code: commands, settings, channels, links and examples are what they are said to be."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import io
import os
import pkgutil
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
import tomllib
import typer
import yaml
from pydantic import SecretStr, TypeAdapter
from rich.console import Console

import bot.channels
from bot.assembly import front_line
from bot.channels.base import Channel
from bot.cli import app
from bot.domain.answer import Answer
from bot.domain.handoff import HandoffReason
from bot.domain.message import MessageState
from bot.domain.reading import Urgency
from bot.knowledge.files import read_answers, read_small_talk
from bot.serving import import_folder
from bot.settings import PREFIX, Rasa, Section, Settings
from bot.storage.tables import metadata
from nlu.urgency import RULES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
IMAGES = DOCS / "images"
LIVE_WITHIN = 5.0  # seconds

Row = list[str]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def read(page: Path | str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def fences(page: Path | str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    blocks = re.findall(r"^( *)```(\w*)\n(.*?)^ *```$", read(page), re.MULTILINE | re.DOTALL)
    return [re.sub(f"(?m)^{indent}", "", body) for indent, kind, body in blocks if kind == language]


def code_in(page: Path) -> list[str]:
    """Every line of code in a page: of fences, and of `inline code`."""
    text = read(page)
    fenced = [line for block in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    return [*fenced, *re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))]


def rows(page: str, heading: str) -> list[Row]:
    """The cells of the first table under a heading, without its head."""
    section = read(page).split(f"\n{heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def coded(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# --- commands --------------------------------------------------------------------------------------------


def test_make_targets_exist_and_are_all_told_of() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = {name for page in PAGES for line in code_in(page) for name in re.findall(r"\bmake ([a-z-]+)", line)}
    assert named <= targets
    assert {"run", "test"} <= {name for line in code_in(ROOT / "README.md") for name in re.findall(r"make (\w+)", line)}
    told = [cell for row in rows("docs/development.md", "## Make targets") for cell in coded(row[0])]
    assert {cell.removeprefix("make ") for cell in told} | {"install-tests"} == targets


def _walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _walk(inner, f"{path} {name}".strip())


COMMANDS = dict(_walk(typer.main.get_command(app), ""))
LEAVES = {path: command for path, command in COMMANDS.items() if not hasattr(command, "commands")}


def commands_in(page: Path) -> Iterator[tuple[str, list[str]]]:
    """(words behind `frontline`, options) of every command line a page shows."""
    for line in code_in(page):
        for found in re.findall(r"(?:^|\.venv/bin/|\s)frontline ((?:--?)?[a-z][^#]*)", line):
            words = found.split()
            yield " ".join(words), [word.split("=")[0] for word in words if word.startswith("--")]


def test_every_command_that_is_named_exists() -> None:
    seen = 0
    for page in PAGES:
        for words, options in commands_in(page):
            path = max((one for one in COMMANDS if one and f"{words} ".startswith(f"{one} ")), key=len, default=None)
            assert path is not None, f"{name_of(page)}: frontline {words}"
            assert path in LEAVES, f"{name_of(page)}: frontline {words} lacks a sub-command"
            known = {opt for parameter in LEAVES[path].params for opt in parameter.opts}
            assert set(options) <= known, f"{name_of(page)}: frontline {words}"
            seen += 1
    assert seen > 10


def test_the_readme_tells_of_every_command_and_only_of_its_options() -> None:
    table = rows("README.md", "## Commands")
    told = {cell for row in table for cell in coded(row[0])}
    assert {path for path in LEAVES if any(f"{cell} ".startswith(f"frontline {path} ") for cell in told)} == set(LEAVES)
    for (cell,), meaning in ((coded(row[0]), row[1]) for row in table):
        path = next(one for one in LEAVES if f"{cell} ".startswith(f"frontline {one} "))
        known = {opt for parameter in LEAVES[path].params for opt in parameter.opts}
        assert {word for word in coded(meaning) if word.startswith("--")} <= known


# --- settings --------------------------------------------------------------------------------------------


def _leaves(model: type[Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from _leaves(field.annotation, f"{path}{name}.")
        else:
            yield f"{path}{name}", field


SETTINGS = dict(_leaves(Settings))
SETTING_ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in read("docs/settings.md").splitlines()
    if re.match(r"\| `[a-z_.]+` \|", line)
]


def test_settings_are_listed_exactly() -> None:
    assert [coded(row[0])[0] for row in SETTING_ROWS] == list(SETTINGS)


@pytest.mark.parametrize("row", SETTING_ROWS, ids=lambda row: coded(row[0])[0])
def test_a_setting_has_the_variable_and_the_default_that_are_told(row: Row) -> None:
    name, variable, default = (coded(cell)[0] for cell in row[:3])
    field = SETTINGS[name]
    assert variable == PREFIX + name.upper().replace(".", "__")
    told = None if default == "unset" else tomllib.loads(f"value = {default}")["value"]
    adapter: TypeAdapter[Any] = TypeAdapter(field.annotation)
    assert adapter.validate_python(told) == field.get_default(call_default_factory=True)
    assert len(row[3]) > 5


def test_the_forms_in_the_environment_are_those_that_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown = [line for line in code_in(DOCS / "settings.md") if line.startswith(PREFIX) and "=" in line]
    for line in shown:
        if not line.split("=")[0].endswith("_FILE"):
            monkeypatch.setenv(line.split("=")[0], line.split("=", 1)[1].strip("'"))
    found = Settings.load(tmp_path / "none.toml")
    assert len(shown) == 3
    assert (found.rasa.port, found.web.chat_origins) == (5005, ("https://www.your-company.example",))


SECRETS = [name for name, field in SETTINGS.items() if SecretStr in get_args(field.annotation)]


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_can_come_in_a_file(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("123456789:AAE\n", encoding="utf-8")
    monkeypatch.setenv(f"{PREFIX}{name.upper().replace('.', '__')}_FILE", str(tmp_path / "secret"))
    found: Any = Settings.load(tmp_path / "none.toml")
    for part in name.split("."):
        found = getattr(found, part)
    assert found.get_secret_value() == "123456789:AAE"


EXAMPLE = ROOT / "deploy/frontline.example.toml"


@pytest.mark.parametrize("with_what_is_off", [False, True])
def test_the_example_of_settings_can_be_used(with_what_is_off: bool, tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    file = tmp_path / "frontline.toml"
    file.write_text(re.sub(r"(?m)^#(?=\w+ = )", "", text) if with_what_is_off else text, encoding="utf-8")
    found = Settings.load(file)
    assert found.company.name == "Your Company"
    assert (found.telegram.token is not None) == with_what_is_off


@pytest.mark.parametrize(
    ("page", "block"), [(name_of(page), block) for page in PAGES for block in fences(page, "toml")]
)
def test_settings_shown_anywhere_can_be_used(page: str, block: str, tmp_path: Path) -> None:
    file = tmp_path / "frontline.toml"
    file.write_text(block, encoding="utf-8")
    Settings.load(file)


# --- channels and links ----------------------------------------------------------------------------------


def channels() -> set[str]:
    """The names of all channels in `bot.channels`."""
    modules = [
        importlib.import_module(f"bot.channels.{one.name}") for one in pkgutil.iter_modules(bot.channels.__path__)
    ]
    found = {thing for module in modules for thing in vars(module).values() if inspect.isclass(thing)}
    return {str(one.name) for one in found if issubclass(one, Channel) and not inspect.isabstract(one)}


def test_every_channel_has_a_page() -> None:
    assert {page.stem for page in (DOCS / "channels").glob("*.md")} == channels()
    assert len(channels()) >= 2


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"```.*?```", "", read(page), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if IMAGES in file.parents and not IMAGES.exists():  # `make screenshots` has not been run yet
            continue
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_every_page_is_linked_from_the_readme() -> None:
    linked = set(re.findall(r"\]\(([^)\s]+\.md)\)", read("README.md")))
    assert {name_of(page) for page in PAGES[1:]} == linked


# --- examples --------------------------------------------------------------------------------------------

CONTENT = fences("docs/content.md", "yaml")
ANSWERS = [block for block in CONTENT if "topic" in yaml.safe_load(block)]
(SMALL_TALK,) = [block for block in CONTENT if "nlu" in yaml.safe_load(block)]


def written(folder: Path) -> Path:
    """The examples of answers and small talk as files of a content folder."""
    (folder / "answers").mkdir(parents=True)
    (folder / "rasa").mkdir()
    for number, block in enumerate(ANSWERS):
        (folder / "answers" / f"{number}.yml").write_text(block, encoding="utf-8")
    (folder / "rasa" / "nlu.yml").write_text(SMALL_TALK, encoding="utf-8")
    return folder


def test_the_examples_of_content_can_be_read(tmp_path: Path) -> None:
    content = written(tmp_path / "content")
    by_kind = {item.kind: item for item in read_answers(content / "answers")}
    assert set(by_kind) == {"faq", "community"}
    assert {text.language for text in by_kind["faq"].texts} == {"de", "en"}
    best = by_kind["community"].best_reply()
    assert best is not None
    assert best.author == "Sabine_H"
    assert read_small_talk(content / "rasa/nlu.yml") == {"thanks": ["danke", "vielen dank", "thanks a lot"]}


def test_every_key_of_an_answer_is_explained() -> None:
    told = {key for row in rows("docs/content.md", "## Answers") for key in coded(row[0])}
    faq = yaml.safe_load(ANSWERS[0])
    (answer,) = faq["answers"]
    assert set(faq) - {"answers"} | set(answer) | set(answer["de"]) == told


async def test_what_is_imported_is_live_in_a_running_front_line(tmp_path: Path) -> None:
    """Also where nothing but the text of an answer has changed."""
    content = written(tmp_path / "content")
    settings = Settings(home=tmp_path / "home", content=content, port=0, rasa=Rasa(enabled=False))
    out = Console(file=io.StringIO())
    await asyncio.to_thread(import_folder, settings, content / "answers", out)
    async with front_line(settings) as running:
        file = content / "answers/0.yml"
        file.write_text(file.read_text(encoding="utf-8").replace("zehn Tage", "elf Tage"), encoding="utf-8")
        await asyncio.to_thread(import_folder, settings, content / "answers", out)
        async with asyncio.timeout(LIVE_WITHIN):
            while not _says(running.library.get("bill-due-date"), "elf Tage"):  # the library tells nobody
                await asyncio.sleep(0.05)


def _says(item: Answer | None, words: str) -> bool:
    return item is not None and words in item.text_in("de").text


# --- tables of what there is -------------------------------------------------------------------------------


def test_the_ledgers_states_are_told() -> None:
    told = [state for row in rows("docs/architecture.md", "## The ledger") for state in coded(row[0])]
    assert sorted(told) == sorted(MessageState)


def test_the_tables_are_told() -> None:
    told = [name for row in rows("docs/architecture.md", "## Storage tables") for name in coded(row[1])]
    assert sorted(told) == sorted(metadata.tables)


def test_the_rooms_are_told() -> None:
    told = {name for row in rows("docs/architecture.md", "## The rooms") for name in coded(row[0])}
    rooms = {path.name for path in (ROOT / "bot").iterdir() if path.is_dir() and path.name != "__pycache__"}
    modules = {path.name for path in (ROOT / "bot").glob("*.py") if not path.name.startswith("__")}
    assert {f"bot/{room}" for room in rooms} == {name for name in told if re.fullmatch(r"bot/\w+", name)}
    assert modules == {name.removeprefix("bot/") for name in told if name.endswith(".py")}


def test_reasons_for_a_handoff_are_told() -> None:
    assert [coded(row[0])[0] for row in rows("docs/handoff.md", "## When")] == list(HandoffReason)


def test_levels_and_reasons_of_urgency_are_told() -> None:
    table = rows("docs/handoff.md", "## Urgency")
    assert [coded(row[0])[0] for row in table] == [level.word for level in Urgency]
    told = {(coded(row[0])[0], reason) for row in table for reason in coded(row[1])}
    assert told == {(rule.level.value, rule.reason) for rule in RULES}


def test_the_folders_of_tests_are_told() -> None:
    told = {name.removeprefix("tests/") for row in rows("docs/development.md", "## Tests") for name in coded(row[0])}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders <= told


def test_the_licence_is_whole() -> None:
    text = read("LICENSE")
    places = [text.index(f"\n   {number}. ") for number in range(1, 10)]
    assert all(before < after for before, after in pairwise(places))
    assert "Apache License" in text.splitlines()[0]
    assert (
        text.index("END OF TERMS AND CONDITIONS") < text.index("APPENDIX") < text.index("limitations under the License")
    )

"""Settings are what they are said to be, and every example of them can be used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import tomllib
from pydantic import SecretStr, TypeAdapter

from bot.settings import PREFIX, Section, Settings
from tests.docs.pages import DOCS, PAGES, ROOT, Row, code_in, coded, fences, name_of, read


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
SECRETS = [name for name, field in SETTINGS.items() if SecretStr in get_args(field.annotation)]
EXAMPLE = ROOT / "deploy/frontline.example.toml"


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


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_can_come_in_a_file(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    value = "postgresql+psycopg://front:secret@db/front" if name == "database_url" else "123456789:AAE"
    (tmp_path / "secret").write_text(f"{value}\n", encoding="utf-8")
    monkeypatch.setenv(f"{PREFIX}{name.upper().replace('.', '__')}_FILE", str(tmp_path / "secret"))
    found: Any = Settings.load(tmp_path / "none.toml")
    for part in name.split("."):
        found = getattr(found, part)
    assert found.get_secret_value() == value


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

"""The settings of the Meta app."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import PREFIX, Settings

APP = 'app_id = "9001"\napp_secret = "s"\nverify_token = "v"\n'
PAGE = '{id = "108", token = "EAAG-secret", instagram = "1789", comments = true}'


def load(folder: Path, text: str) -> Settings:
    file = folder / "frontline.toml"
    file.write_text(f"[meta]\n{text}", encoding="utf-8")
    return Settings.load(file)


def test_a_page_needs_the_app_it_is_reached_by(tmp_path: Path) -> None:
    for missing in ("app_id", "app_secret", "verify_token"):
        lines = "".join(line for line in APP.splitlines(keepends=True) if not line.startswith(missing))
        with pytest.raises(SettingsError, match="app_id, app_secret and verify_token are needed"):
            load(tmp_path, f"{lines}pages = [{PAGE}]")
    (page,) = load(tmp_path, f"{APP}pages = [{PAGE}]").meta.pages
    assert (page.id, page.instagram, page.comments) == ("108", "1789", True)


def test_a_pages_token_is_a_secret(tmp_path: Path) -> None:
    settings = load(tmp_path, f"{APP}pages = [{PAGE}]")
    assert "EAAG-secret" in settings.secrets()
    assert "EAAG-secret" not in repr(settings)


@pytest.mark.parametrize("pages", [f"{PAGE}, {PAGE}", f'{PAGE}, {{id = "109", token = "t", instagram = "1789"}}'])
def test_nothing_is_listed_twice(pages: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="listed twice"):
        load(tmp_path, f"{APP}pages = [{pages}]")


@pytest.mark.parametrize("wrong", ['version = "24"', 'app_id = "x"', 'pages = [{id = "my-page", token = "t"}]'])
def test_what_cannot_be_is_named(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=wrong.split(" ")[0]):
        load(tmp_path, wrong)


def test_all_pages_can_come_in_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pages.json").write_text('[{"id": "108", "token": "EAAG"}]\n', encoding="utf-8")
    monkeypatch.setenv(f"{PREFIX}META__PAGES_FILE", str(tmp_path / "pages.json"))
    assert load(tmp_path, APP).meta.pages[0].token.get_secret_value() == "EAAG"

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings


def faults(file: Path) -> set[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.load(file)
    return {fault.id for fault in caught.value.faults}


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    file = tmp_path / "frontline.toml"
    file.write_text('port = "many"\n[company]\naddress = "ihr"\ncolour = "#fff"\n[hours]\ntimezone = "Mars/Base"\n')
    assert faults(file) == {
        "settings.port",
        "settings.company.address",
        "settings.company.colour",
        "settings.hours.timezone",
    }


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    file = tmp_path / "frontline.toml"
    file.write_text("port = = 1")
    assert faults(file) == {"settings.syntax"}


def test_the_environment_stands_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "frontline.toml"
    file.write_text("port = 1111\n[company]\nname = 'Alpha'\n")
    monkeypatch.setenv("FRONTLINE_PORT", "2222")
    settings = Settings.load(file)
    assert (settings.port, settings.company.name) == (2222, "Alpha")


def test_a_secret_can_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "token"
    secret.write_text("42:secret\n")
    monkeypatch.setenv("FRONTLINE_TELEGRAM__TOKEN_FILE", str(secret))
    settings = Settings.load(tmp_path / "none.toml")
    assert settings.telegram.token is not None
    assert settings.telegram.token.get_secret_value() == "42:secret"
    assert "42:secret" not in repr(settings)


def test_a_secret_file_that_cannot_be_read_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTLINE_REDIS_URL_FILE", str(tmp_path / "missing"))
    assert faults(tmp_path / "none.toml") == {"settings.secret_file"}


def test_a_list_that_is_no_json_is_a_fault_and_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTLINE_WEB__CHAT_ORIGINS", "https://shop.example")
    assert faults(tmp_path / "none.toml") == {"settings.environment"}

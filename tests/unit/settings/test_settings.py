from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.errors import SettingsError
from bot.settings import Rasa, Settings


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


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ('urls = ["http://rasa-1:5005"]', {"settings.rasa.token"}),
        ('urls = ["http://rasa-1:5005"]\ntoken = ""', {"settings.rasa.token"}),
        ('urls = ["http://rasa-1:5005"]\nprocesses = 2', {"settings.rasa.processes", "settings.rasa.token"}),
        ('urls = ["rasa-1:5005"]\ntoken = "x"', {"settings.rasa.urls.0"}),
        ('urls = ["http://rasa-1:5005/webhooks"]\ntoken = "x"', {"settings.rasa.urls.0"}),
        ('urls = ["http://me:secret@rasa-1:5005"]\ntoken = "x"', {"settings.rasa.urls.0"}),
        ("processes = 0", {"settings.rasa.processes"}),
    ],
)
def test_rasa_is_run_here_or_elsewhere_with_a_token(tmp_path: Path, table: str, found: set[str]) -> None:
    file = tmp_path / "frontline.toml"
    file.write_text(f"[rasa]\n{table}\n")
    assert faults(file) == found


def test_how_many_rasa_processes_are_run_here() -> None:
    elsewhere = Rasa(urls=("http://rasa-1:5005",), token=SecretStr("x"))
    assert [rasa.run_here for rasa in (Rasa(), Rasa(processes=3), Rasa(enabled=False), elsewhere)] == [1, 3, 0, 0]

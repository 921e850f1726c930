"""The units: systemd understands them, and what they start and set is there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from actions.server import read_options
from bot.settings import PREFIX, Settings
from tests.docs.pages import ROOT
from tests.docs.test_settings import SETTINGS

FOLDER = ROOT / "deploy/systemd"
UNITS = sorted(FOLDER.glob("*.service"))
FRONT_LINES = [unit for unit in UNITS if "rasa" not in unit.name]
HERE = "/opt/frontline"
MOST_EXPOSED = 20  # tenths of the 10 that a unit without restrictions has
HARDENING = (
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "ProtectSystem=strict",
    "PrivateTmp=yes",
    "SystemCallFilter=@system-service",
)


def values(unit: Path, key: str, *, off_too: bool = False) -> list[str]:
    """All values of a key, in their order; with `off_too` also those that are put behind a #."""
    lines = unit.read_text(encoding="utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if line.removeprefix("#" if off_too else "").startswith(f"{key}=")]


def environment(unit: Path, credentials: str, *, off_too: bool = False) -> dict[str, str]:
    words = " ".join(values(unit, "Environment", off_too=off_too)).split()
    instance = "8081"
    return dict(word.replace("%d", credentials).replace("%i", instance).split("=", 1) for word in words)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_it(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here: it comes with systemd")
    # Programs and users are looked for: those of this very folder stand for those of /opt.
    copy = tmp_path / unit.name.replace("@", "@8081")
    text = re.sub(r"(?m)^User=.*\n|^SupplementaryGroups=.*\n", "", unit.read_text(encoding="utf-8"))
    copy.write_text(text.replace(HERE, str(ROOT)), encoding="utf-8")
    told = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_finds_it_hardly_exposed(unit: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here: it comes with systemd")
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSED}", unit]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_it_comes_back_stops_in_time_and_has_no_rights_to_spare(unit: Path) -> None:
    lines = unit.read_text(encoding="utf-8").splitlines()
    assert {"Restart=always", "TimeoutStopSec=15", "LimitNOFILE=65536", *HARDENING} <= set(lines)
    assert values(unit, "User")[0].startswith("frontline")
    assert ("KillMode=mixed" in lines) == (unit in FRONT_LINES)


@pytest.mark.parametrize("off_too", [False, True])
@pytest.mark.parametrize("unit", FRONT_LINES, ids=lambda unit: unit.name)
def test_its_settings_are_settings(unit: Path, off_too: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "database_url").write_text("postgresql+psycopg://front:secret@db/front", encoding="utf-8")
    (tmp_path / "rasa_token").write_text("a-token-of-rasa", encoding="utf-8")
    (tmp_path / "telegram_token").write_text("123456789:AAE", encoding="utf-8")
    found = environment(unit, str(tmp_path), off_too=off_too)
    known = {PREFIX + setting.upper().replace(".", "__") for setting in SETTINGS}
    assert {name.removesuffix("_FILE") for name in found} - {f"{PREFIX}CONFIG"} <= known
    loaded = {credential.partition(":")[0] for credential in values(unit, "LoadCredential", off_too=off_too)}
    assert loaded == {Path(value).name for name, value in found.items() if name.endswith("_FILE")}
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    settings = Settings.load(ROOT / "deploy/frontline.example.toml")
    assert (settings.telegram.token is not None) == off_too
    assert f"/var/lib/{values(unit, 'StateDirectory')[0]}" == str(settings.home)
    assert values(unit, "ExecStart") == [f"{HERE}/.venv/bin/frontline serve"]


def test_roles_are_those_of_the_names() -> None:
    roles = {unit.name: environment(unit, "").get("FRONTLINE_ROLE", "all") for unit in FRONT_LINES}
    assert roles == {"frontline.service": "all", "frontline-web.service": "web", "frontline-worker@.service": "worker"}


def test_rasa_is_started_with_options_that_it_takes() -> None:
    unit = FOLDER / "frontline-rasa@.service"
    (start,) = values(unit, "ExecStart")
    words = start.replace("%i", "5005").split()
    assert words[:3] == [f"{HERE}/.venv-rasa/bin/python", "-m", "actions.server"]
    options = read_options(words[3:], {"FRONTLINE_RASA_TOKEN": "token"})
    (training,) = values(unit, "ExecStartPre")
    assert training.replace("%i", "5005").endswith(f"--out {options.model}")
    assert set(environment(unit, "")) == {
        "FRONTLINE_RASA_TOKEN_FILE",
        "FRONTLINE_SNAPSHOTS",
        "HOME",
        "OMP_NUM_THREADS",
        "RASA_TELEMETRY_ENABLED",
    }


def test_every_user_is_made() -> None:
    made = re.findall(r"(?m)^u (\S+)", (FOLDER / "frontline.sysusers").read_text(encoding="utf-8"))
    assert {user for unit in UNITS for user in values(unit, "User")} == set(made)

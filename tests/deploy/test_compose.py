"""The compose file says what the front line, and an engine, understand. It is read here as an engine reads it; none runs it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.server import read_options
from bot.settings import PREFIX, Settings
from tests.docs.pages import ROOT
from tests.docs.test_settings import SETTINGS

FOLDER = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
FRONT_LINES = [name for name, service in SERVICES.items() if service["image"] == "frontline-bot"]
RASAS = [name for name, service in SERVICES.items() if service["image"] == "frontline-rasa"]
SECRETS = {
    "database_url": "postgresql+psycopg://frontline:secret@postgres/frontline",
    "metrics_token": "a-token-of-metrics",
    "rasa_token": "a-token-of-rasa",
}


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """The secrets as files, as an engine shows them in a container."""
    for name, value in SECRETS.items():
        (tmp_path / name).write_text(value, encoding="utf-8")
    return tmp_path


def _environment(service: dict[str, Any], secrets: Path) -> dict[str, str]:
    return {name: value.replace("/run/secrets", str(secrets)) for name, value in service["environment"].items()}


@pytest.mark.parametrize("name", FRONT_LINES)
def test_the_settings_of_a_front_line_are_settings(name: str, secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = _environment(SERVICES[name], secrets)
    known = {PREFIX + setting.upper().replace(".", "__") for setting in SETTINGS}
    assert {variable.removesuffix("_FILE") for variable in environment} <= known
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    found = Settings.load(FOLDER / "frontline.example.toml")
    assert found.role == name
    assert found.sql_url == SECRETS["database_url"]
    assert found.rasa.token is not None
    assert {url.split("//")[1].split(":")[0] for url in found.rasa.urls} == set(RASAS)
    assert found.redis_url is not None
    assert found.redis_url.get_secret_value().split("//")[1].split(":")[0] in SERVICES


@pytest.mark.parametrize("name", RASAS)
def test_rasa_is_given_what_it_asks_for(name: str, secrets: Path) -> None:
    options = read_options(["--host", "0.0.0.0"], _environment(SERVICES[name], secrets))
    assert options.token == SECRETS["rasa_token"]


def test_only_the_web_can_be_reached_and_only_from_this_host() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:8080:8080"]}
    inside = {name for name, network in COMPOSE["networks"].items() if (network or {}).get("internal")}
    for name, service in SERVICES.items():
        assert name in FRONT_LINES or set(service["networks"]) <= inside


def test_rasa_sees_neither_the_database_nor_redis() -> None:
    for rasa in RASAS:
        for other in ("postgres", "redis"):
            assert not set(SERVICES[rasa]["networks"]) & set(SERVICES[other]["networks"])
        assert set(SERVICES[rasa]["secrets"]) == {"rasa_token"}


def test_the_proxy_that_is_believed_is_the_host() -> None:
    (subnet,) = COMPOSE["networks"]["outside"]["ipam"]["config"]
    (proxy,) = json.loads(SERVICES["web"]["environment"]["FRONTLINE_WEB__PROXIES"])
    assert proxy == f"{subnet['gateway']}/32"


@pytest.mark.parametrize("name", [*FRONT_LINES, *RASAS])
def test_what_faces_others_has_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_everything_comes_back_and_has_limits(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["deploy"]["resources"]["limits"]["memory"]


def test_nothing_of_redis_and_postgresql_is_lost_with_a_container() -> None:
    assert SERVICES["redis"]["command"][1:3] == ["--appendonly", "yes"]
    assert "synchronous_commit=on" in SERVICES["postgres"]["command"]
    for name in ("redis", "postgres"):
        assert all(volume.split(":")[0] in COMPOSE["volumes"] for volume in SERVICES[name]["volumes"])
        assert SERVICES[name]["volumes"]


def test_every_name_is_the_name_of_something() -> None:
    """Files, volumes, networks, secrets, and services that others wait for."""
    for service in SERVICES.values():
        named = [volume.split(":")[0] for volume in service["volumes"]]
        assert all(name in COMPOSE["volumes"] or (FOLDER / name).exists() for name in named)
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        for waited_for in service.get("depends_on", {}):
            assert "healthcheck" in SERVICES[waited_for]
        if "build" in service:
            assert (FOLDER / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


def test_the_script_makes_every_secret_once(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets.sh"
    script.write_bytes((FOLDER / "make-secrets.sh").read_bytes())

    def made() -> dict[str, str]:
        subprocess.run(["bash", script], check=True, capture_output=True)
        return {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "secrets").iterdir()}

    first = made()
    assert {f"./secrets/{name}" for name in first} == {secret["file"] for secret in COMPOSE["secrets"].values()}
    assert first["postgres_password"] in first["database_url"]
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    assert made() == first

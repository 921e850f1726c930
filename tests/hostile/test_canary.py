"""No secret and no customer's word in any line a process writes or is started with, whatever goes wrong."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench.processes import ROOT
from bot.logs import configure_logs
from bot.settings import Settings
from bot.storage.staff import add_staff
from bot.storage.store import Store
from bot.web.auth import hash_password
from tests.e2e.conftest import Served, serve, stop
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram_rules import Refusal
from tests.homes import fresh_home
from tests.hostile.house import Headers, begin, say, sign_in
from tests.hostile.vendors import HOOK, threaded
from tests.hostile.wire import Answer, Wire

WEBHOOK = "canaryWebhookSecret"
REDIS = "canaryRedisPassword"
PASSWORD = "canaryStaffPassword"
WORDS = "canaryWordsOfACustomer"
CANARY = "canary"


class Birdcage:
    """A front line full of canaries, and everything that was ever shown by it."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.tokens: list[str] = []

    def written(self) -> str:
        """All logs and the command lines of all processes."""
        logs = [file.read_text(encoding="utf-8", errors="replace") for file in self.served.home.rglob("*.log")]
        return "\n".join([*logs, *self.commands()])

    def commands(self) -> list[str]:
        """How the processes that run were started."""
        process = psutil.Process(self.served.process.pid)
        return [" ".join(one.cmdline()) for one in [process, *process.children(recursive=True)]]


@pytest.fixture
def cage(tmp_path: Path) -> Iterator[Birdcage]:
    home = fresh_home(tmp_path)
    store, hashed = Store(f"sqlite:///{home / 'frontline.db'}"), hash_password(PASSWORD)
    store.submit(lambda c: add_staff(c, login="anna", name="Anna", role="agent", password_hash=hashed)).result()
    store.close()
    with threaded(FakeTelegram()) as telegram:
        telegram.fail_next("sendMessage", *[Refusal(500, f"Internal {TOKEN}")] * 3)
        served = serve(
            home,
            FRONTLINE_LOG_LEVEL="debug",
            FRONTLINE_WEB__PUBLIC_URL="https://help.example",
            FRONTLINE_WEB__SECURE_COOKIES="false",
            FRONTLINE_TELEGRAM__TOKEN=TOKEN,
            FRONTLINE_TELEGRAM__WEBHOOK_SECRET=WEBHOOK,
            FRONTLINE_TELEGRAM__BASE_URL=telegram.base_url,
            FRONTLINE_REDIS_URL=f"redis://:{REDIS}@127.0.0.1:9/0",
        )
        try:
            served.wait(rasa=True, seconds=240)
            yield Birdcage(served)
        finally:
            if served.process.poll() is None:
                stop(served)


@contextlib.contextmanager
def _without_deliveries(database: Path) -> Iterator[None]:
    """Meanwhile no delivery can be written down: an accident at every door, which nothing but the doors has to do with."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("ALTER TABLE event RENAME TO events_are_gone")
        try:
            yield
        finally:
            connection.execute("ALTER TABLE events_are_gone RENAME TO event")


def _do_everything(wire: Wire, visitor: Headers, agent: Headers) -> list[Answer]:
    """What customers, agents, Telegram and strangers do, rightly and wrongly, with canaries in every place."""
    form = [(b"Content-Type", b"application/x-www-form-urlencoded"), (b"Cookie", CANARY.encode())]
    told = [(b"X-Telegram-Bot-Api-Secret-Token", WEBHOOK.encode())]
    person = {"id": 7, "is_bot": False, "first_name": f"{CANARY}Name"}
    message = {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}, "from": person, "text": WORDS}
    return [
        say(wire, visitor, f"Wie kündige ich? {WORDS}"),
        say(wire, visitor, f"/restart {WORDS}"),
        wire.ask("GET", b"/chat/api/transcript", visitor),
        wire.ask("GET", b"/chat/api/transcript", [(b"Authorization", b"Bearer " + WORDS.encode())]),
        wire.ask("POST", b"/chat/api/messages", visitor, b'{"text": "canary'),
        wire.ask("POST", b"/chat/api/messages", visitor, b'{"client_id": "canary", "text": "canary"}'),
        wire.ask("GET", b"/desk/api/queue", agent),
        wire.ask("POST", b"/desk/api/cases/1/reply", agent, b'{"client_id": "1", "text": "canary"}'),
        wire.ask("POST", b"/desk/api/cases/canary/claim", agent),
        wire.ask("GET", b"/desk/api/answers?q=canary", agent),
        wire.ask("GET", b"/answers?q=canary", []),
        wire.ask("POST", b"/sign-in", form, b"login=anna&password=canary&csrf=canary"),
        wire.ask("POST", HOOK.encode(), told, json.dumps({"update_id": time.time_ns(), "message": message}).encode()),
        wire.ask("POST", HOOK.encode(), [(told[0][0], b"canary")], b"canary"),
        wire.ask("POST", HOOK.encode(), told, b"canary"),
        wire.ask("GET", b"/?" + b"canary" * 2000, [(b"Cookie", b"canary")]),
    ]


@pytest.mark.timeout(400)
def test_no_log_and_no_command_line_holds_a_secret_or_a_customers_words(cage: Birdcage) -> None:
    port = int(cage.served.url.rpartition(":")[2])
    with Wire(port) as wire:
        visitor, agent = begin(wire), sign_in(wire, "anna", PASSWORD)
        well = _do_everything(wire, visitor, agent)
        assert {answer.status for answer in well} >= {200, 202, 400, 401, 403}
        time.sleep(1)  # turns are taken and sends fail meanwhile
        with _without_deliveries(cage.served.home / "frontline.db"):
            ill = _do_everything(wire, visitor, agent)
        assert {answer.status for answer in ill} >= {500}
        assert all(CANARY not in answer.text for answer in ill if answer.status == 500)
    written = cage.written()
    stop(cage.served)
    written += cage.written() if cage.served.process.poll() is None else (cage.served.home / "serve.log").read_text()
    assert "request.failed" in written
    for secret in (
        CANARY,
        TOKEN.partition(":")[2],
        visitor[0][1].decode().split()[1],
        agent[0][1].decode().partition("=")[2],
        agent[1][1].decode(),
    ):
        assert [line for line in written.splitlines() if secret in line] == []


BAD = [
    {"FRONTLINE_REDIS_URL": "canary://:canary@x"},
    {"FRONTLINE_REDIS_URL": "redis://:canary@127.0.0.1:9/canary"},
    {"FRONTLINE_DATABASE_URL": "postgresql+psycopg://u:canary@127.0.0.1:9/x"},
    {"FRONTLINE_DATABASE_URL": "canary"},
    {"FRONTLINE_DATABASE_URL": "mysql://u:canary@h/x"},
    {"FRONTLINE_TELEGRAM__TOKEN": "canary"},
    {"FRONTLINE_TELEGRAM__TOKEN": TOKEN, "FRONTLINE_TELEGRAM__BASE_URL": "http://127.0.0.1:9"},
    {"FRONTLINE_TELEGRAM__TOKEN": TOKEN, "FRONTLINE_TELEGRAM__WEBHOOK_SECRET": "canary not allowed!"},
    {"FRONTLINE_TELEGRAM": '{"token": "canary", "webhook_secret": {"canary": 1}}'},
    {"FRONTLINE_TELEGRAM": '{"token": "canary'},
]


@pytest.mark.timeout(240)
def test_bad_settings_are_told_of_without_their_secrets(tmp_path: Path) -> None:
    running = []
    for number, (bad, command) in enumerate(zip(BAD, itertools.cycle(("check", "serve")), strict=False)):
        (tmp_path / str(number)).mkdir()
        environment = {
            **os.environ,
            "FRONTLINE_HOME": str(tmp_path / str(number)),
            "FRONTLINE_PORT": "0",
            "FRONTLINE_RASA__ENABLED": "false",
            "FRONTLINE_CONTENT": str(tmp_path / "nothing"),
            "FRONTLINE_LOG_LEVEL": "debug",
            **bad,
        }
        arguments = [sys.executable, "-m", "bot", command]
        running.append(
            subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=-1, stderr=subprocess.STDOUT, text=True)
        )
    for bad, process in zip(BAD, running, strict=True):
        told = process.communicate(timeout=120)[0]
        assert process.returncode == 1, told
        assert CANARY not in told, (bad, told)
        assert TOKEN.partition(":")[2] not in told, (bad, told)


def test_a_broken_file_of_settings_is_told_of_without_its_lines(tmp_path: Path) -> None:
    for content in ('[telegram]\ntoken = "canary', '[telegram]\ntoken = ["canary"]', 'redis_url = {canary = "canary"}'):
        (tmp_path / "frontline.toml").write_text(content)
        command = [sys.executable, "-m", "bot", "check", "--config", str(tmp_path / "frontline.toml")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert CANARY not in done.stdout + done.stderr


def test_what_is_logged_by_mistake_is_hidden_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(
        redis_url="redis://:pass%2Fword@h/0",
        database_url="postgresql+psycopg://u:s3cr3t-word@h/x",
        telegram={"token": TOKEN},
    )
    out = configure_logs("info", settings.secrets())
    out.write(f"a {TOKEN} b pass/word c pass%2Fword d s3cr3t-word e\n")
    assert capsys.readouterr().err == "a <secret> b <secret> c <secret> d <secret> e\n"

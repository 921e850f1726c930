"""The product as a process of its own, with everybody in it whom a stranger might want to be."""

from __future__ import annotations

import contextlib
import json
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from bot.storage.staff import add_staff
from bot.storage.store import Store
from tests.e2e.conftest import Served, serve, stop
from tests.homes import fresh_home
from tests.hostile.vendors import vendors
from tests.hostile.wire import Answer, Wire
from tests.integration.conftest import PASSWORD, PASSWORD_HASH

MAIL_SECRET = "for-tests-only-and-never-elsewhere"
MAIL = {
    "FRONTLINE_MAIL__ADDRESS": "service@fernblick.example",
    "FRONTLINE_MAIL__SECRET": MAIL_SECRET,
    "FRONTLINE_MAIL__SMTP__HOST": "127.0.0.1",
    "FRONTLINE_MAIL__SMTP__PORT": "1",  # nobody takes what would be sent
    "FRONTLINE_MAIL__SMTP__SECURITY": "none",
}
ROLES = ("agent", "editor", "admin")
Headers = list[tuple[bytes, bytes]]


@dataclass
class House:
    """Where it listens, what each of the cast shows at the door, and a case that waits."""

    served: Served
    port: int
    staff: dict[str, Headers] = field(default_factory=dict)
    visitor: Headers = field(default_factory=list)
    case_id: int = 0
    _read: int = 0

    def troubles(self) -> list[str]:
        """Lines of the log since the last time asked that tell of an accident."""
        with (self.served.home / "serve.log").open(encoding="utf-8", errors="replace") as log:
            log.seek(self._read)
            lines = log.readlines()
            self._read = log.tell()
        return [line for line in lines if re.search(r'"level": "(error|critical)"|Traceback|ERROR|Warning:', line)]


@contextlib.contextmanager
def opened(home: Path) -> Iterator[House]:
    """A house at work, until the context ends."""
    with vendors() as known:
        _hire(fresh_home(home))
        served = serve(
            home,
            FRONTLINE_RASA__ENABLED="false",
            FRONTLINE_LOG_LEVEL="warning",
            FRONTLINE_WEB__PUBLIC_URL="https://help.example",
            FRONTLINE_WEB__SECURE_COOKIES="false",
            **known,
            **MAIL,
        )
        try:
            served.wait(rasa=False, seconds=240)
            house = House(served, int(served.url.rpartition(":")[2]))
            _let_in(house)
            yield house
        finally:
            stop(served)


def _hire(home: Path) -> None:
    store = Store(f"sqlite:///{home / 'frontline.db'}")
    for role in ROLES:
        store.submit(
            lambda connection, role=role: add_staff(
                connection, login=role, name=role.title(), role=role, password_hash=PASSWORD_HASH
            )
        ).result()
    store.close()


def _let_in(house: House) -> None:
    with Wire(house.port) as wire:
        for role in ROLES:
            house.staff[role] = sign_in(wire, role)
        house.visitor = begin(wire)
        say(wire, house.visitor, "Ich möchte mit einem Menschen sprechen")
        while not house.case_id:
            cases = json.loads(wire.ask("GET", b"/desk/api/queue", house.staff["agent"]).body)["cases"]
            house.case_id = cases[0]["id"] if cases else 0
            time.sleep(0.05)


def sign_in(wire: Wire, login: str, password: str = PASSWORD) -> Headers:
    """What a browser sends along after signing in."""
    form = wire.ask("GET", b"/sign-in", [])
    fields = {"csrf": _token_in(form), "login": login, "password": password}
    headers = [(b"Cookie", _cookie(form)), (b"Content-Type", b"application/x-www-form-urlencoded")]
    done = wire.ask("POST", b"/sign-in", headers, urlencode(fields).encode())
    assert done.status == 303, done.text
    cookie = [(b"Cookie", _cookie(done))]
    return [*cookie, (b"X-CSRF-Token", _token_in(wire.ask("GET", b"/desk", cookie)).encode())]


def begin(wire: Wire) -> Headers:
    """What the page of a new visitor sends along."""
    answer = wire.ask("POST", b"/chat/api/start", [], b'{"language": "de"}')
    return [(b"Authorization", f"Bearer {json.loads(answer.body)['token']}".encode())]


def say(wire: Wire, visitor: Headers, text: str) -> Answer:
    """A message at the web chat."""
    body = json.dumps({"client_id": str(uuid.uuid4()), "text": text}).encode()
    return wire.ask("POST", b"/chat/api/messages", visitor, body)


def _token_in(answer: Answer) -> str:
    found = re.search(r'name="csrf(?:-token)?" (?:value|content)="([^"]+)"', answer.text)
    assert found is not None, answer.text
    return found[1]


def _cookie(answer: Answer) -> bytes:
    return answer.headers["Set-Cookie"].partition(";")[0].encode()

"""The contact form over a real store, filled in by somebody at a browser."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from aiohttp import ClientResponse, FormData
from aiohttp.test_utils import TestClient
from pydantic import SecretStr

from bot.settings import Mail, Settings
from bot.settings.mail import Smtp
from bot.web.doors import Doors
from bot.web.form.routes import STAMPS
from bot.web.form.stamps import EARLIEST, Stamps
from tests.integration.conftest import MakeClient

FILLED = {
    "email": "Anna@Example.org",
    "name": "Anna Müller",
    "number": "K-4711",
    "message": "Mein Anschluß ist tot 😀\r\nSeit gestern.",
    "consent": "yes",
}
PDF = b"%PDF-1.4\n%\xc3\xa4"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    secret = SecretStr("for-tests-only-and-never-elsewhere")
    mail = Mail(address="service@fernblick.example", secret=secret, smtp=Smtp(host="127.0.0.1", security="none"))
    return settings.model_copy(update={"mail": mail})


class Filling:
    """Somebody who has the form open."""

    def __init__(self, client: TestClient, doors: Doors) -> None:
        self.client = client
        self._app = client.server.app  # type: ignore[attr-defined]

    def stamp(self, *, seconds_ago: float = EARLIEST + 1) -> str:
        """What the form carried that was opened so long ago."""
        ours: Stamps = self._app[STAMPS]
        return Stamps(ours._key, lambda: ours._clock() - seconds_ago).new()

    async def send(self, files: Any = (), *, query: str = "", **fields: str | None) -> ClientResponse:
        """Send it as a browser does; a field that is None is left out. `files`: (name, content)."""
        data = FormData(quote_fields=False, default_to_multipart=True)
        for name, value in {"stamp": self.stamp(), **FILLED, **fields}.items():
            if value is not None:
                data.add_field(name, value)
        for name, content in files:
            data.add_field("files", io.BytesIO(content), filename=name, content_type="application/octet-stream")
        return await self.client.post(f"/contact{query}", data=data, allow_redirects=False)


@pytest.fixture
async def filling(make_client: MakeClient, doors: Doors) -> Filling:
    return Filling(await make_client(), doors)


def reference_in(response: ClientResponse) -> str:
    """The reference in the address of the page that says thanks."""
    assert response.status == 303
    found = re.search(r"reference=(FB-[0-9A-Z-]+)", response.headers["Location"])
    assert found is not None
    return found[1]

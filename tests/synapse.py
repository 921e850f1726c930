"""A real homeserver (matrix-synapse) on the loopback, and people with clients of their own at it; ended with the test."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import io
import json
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from nio import AsyncClient, AsyncClientConfig
from nio.events import Event, MegolmEvent

from bot.delivery.supervisor import free_port

DOMAIN = "fernblick.example"
WITHIN = 60.0  # seconds for a homeserver that is there, however busy the machine
_SECRET = "only-for-tests"
_NO_LIMIT = {"per_second": 10_000, "burst_count": 10_000}
_RATES = ("rc_message", "rc_registration", "rc_admin_redaction", "rc_presence", "rc_delayed_event_mgmt")
_RATES_BY_KIND = {
    "rc_login": ("address", "account", "failed_attempts"),
    "rc_joins": ("local", "remote"),
    "rc_invites": ("per_room", "per_user", "per_issuer"),
}


@dataclass
class Synapse:
    """The server in a folder of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, again if need be; it answers afterwards."""
        self._write_settings()
        command = [sys.executable, "-m", "synapse.app.homeserver", "-c", self.folder / "homeserver.yaml"]
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, cwd=self.folder)
        end = time.monotonic() + WITHIN
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/health", timeout=1):
                return
            assert time.monotonic() < end, (self.folder / "output").read_text()
            time.sleep(0.1)

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(WITHIN)

    def slow_down(self, account: str, per_second: int) -> None:
        """Let an account write no more than so many messages a second."""
        admin = self.register(f"admin-{secrets.token_hex(4)}", "secret", admin=True)
        place = f"{self.url}/_synapse/admin/v1/users/{quote(account)}/override_ratelimit"
        body = json.dumps({"messages_per_second": per_second, "burst_count": per_second}).encode()
        headers = {"Authorization": f"Bearer {admin}", "Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(place, body, headers)).close()

    def register(self, name: str, password: str, display: str = "", *, admin: bool = False) -> str:
        """A new account; returns its token."""
        place = f"{self.url}/_synapse/admin/v1/register"
        nonce = json.load(urllib.request.urlopen(place))["nonce"]
        told = "\0".join((nonce, name, password, "admin" if admin else "notadmin")).encode()
        proof = hmac.new(_SECRET.encode(), told, hashlib.sha1).hexdigest()
        account = {"nonce": nonce, "username": name, "displayname": display or name, "password": password}
        body = json.dumps(account | {"admin": admin, "mac": proof}).encode()
        request = urllib.request.Request(place, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return str(json.load(answer)["access_token"])

    def _write_settings(self) -> None:
        log = {"version": 1, "root": {"level": "WARNING"}}
        (self.folder / "log.yaml").write_text(yaml.safe_dump(log), encoding="utf-8")
        client = {"names": ["client"], "compress": False}
        listener = {
            "port": self.port,
            "type": "http",
            "tls": False,
            "bind_addresses": ["127.0.0.1"],
            "resources": [client],
        }
        settings: dict[str, Any] = {
            "server_name": DOMAIN,
            "listeners": [listener],
            "database": {"name": "sqlite3", "args": {"database": str(self.folder / "homeserver.db")}},
            "log_config": str(self.folder / "log.yaml"),
            "media_store_path": str(self.folder / "media"),
            "signing_key_path": str(self.folder / "signing.key"),
            "registration_shared_secret": _SECRET,
            "macaroon_secret_key": _SECRET,
            "form_secret": _SECRET,
            "pid_file": str(self.folder / "homeserver.pid"),
            "report_stats": False,
            "trusted_key_servers": [],
            "presence": {"enabled": False},
            "suppress_key_server_warning": True,
        }
        settings |= dict.fromkeys(_RATES, _NO_LIMIT)
        settings |= {name: dict.fromkeys(kinds, _NO_LIMIT) for name, kinds in _RATES_BY_KIND.items()}
        key = self.folder / "signing.key"
        if not key.exists():
            command = [sys.executable, "-m", "synapse._scripts.generate_signing_key", "-o", key]
            subprocess.run(command, check=True)
        (self.folder / "homeserver.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")


@contextlib.contextmanager
def synapse(folder: Path) -> Iterator[Synapse]:
    """A server that keeps its things in `folder`, answering."""
    server = Synapse(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()


class Person:
    """Somebody with an account and a client of their own; with `keys` one that can encrypt."""

    def __init__(self, server: Synapse, name: str, display: str, keys: Path | None = None) -> None:
        self.name = f"{name}-{secrets.token_hex(4)}"
        self.id = f"@{self.name}:{DOMAIN}"
        self.token = server.register(self.name, "secret", display)
        config = AsyncClientConfig(encryption_enabled=keys is not None, max_timeouts=2)
        self.client = AsyncClient(server.url, self.id, store_path=str(keys or ""), config=config)
        self._password = "secret"
        self.events: list[tuple[str, Event]] = []

    async def __aenter__(self) -> Person:
        await self.client.login(self._password, device_name="a phone")
        await self.look()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()
        if self.client.store is not None:
            self.client.store.database.close()

    async def look(self, milliseconds: int = 0) -> None:
        """See what is new, and exchange what keys need."""
        told = await self.client.sync(timeout=milliseconds, full_state=not self.client.next_batch)
        for room_id, room in told.rooms.join.items():
            self.events += [(room_id, event) for event in room.timeline.events]
        for room_id in told.rooms.invite:
            await self.client.join(room_id)
        if self.client.olm is not None:
            if self.client.should_upload_keys:
                await self.client.keys_upload()
            if self.client.should_query_keys:
                await self.client.keys_query()
            if self.client.should_claim_keys:
                await self.client.keys_claim(self.client.get_users_for_key_claiming())
            await self.client.send_to_device_messages()

    async def opens_room(self, *others: str, direct: bool = True, encrypted: bool = False, **more: Any) -> str:
        """Make a room and invite others into it; returns its id."""
        state = [{"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}]
        made = await self.client.room_create(
            is_direct=direct, invite=others, initial_state=state if encrypted else [], **more
        )
        return str(made.room_id)

    async def upgrades(self, room: str) -> str:
        """Make a room anew in another version; returns the new one's id."""
        path = f"/_matrix/client/v3/rooms/{quote(room)}/upgrade"
        headers = {"Authorization": f"Bearer {self.client.access_token}"}
        answer = await self.client.send("POST", path, json.dumps({"new_version": "10"}), headers)
        return str((await answer.json())["replacement_room"])

    async def says(self, room: str, text: str, **content: Any) -> str:
        """Write into a room; returns the event's id."""
        body = {"msgtype": "m.text", "body": text} | content
        sent = await self.client.room_send(room, "m.room.message", body, ignore_unverified_devices=True)
        return str(sent.event_id)

    async def shows(self, room: str, content: bytes, name: str, *, sealed: bool = False) -> str:
        """Send a picture into a room, `sealed` as clients do where it is encrypted; returns the event's id."""
        uploaded, keys = await self.client.upload(
            lambda *_: io.BytesIO(content), "image/png", name, encrypt=sealed, filesize=len(content)
        )
        address = {"url": uploaded.content_uri}
        told = {"msgtype": "m.image", "info": {"mimetype": "image/png", "size": len(content)}}
        return await self.says(room, name, **told, **({"file": keys | address} if keys else address))

    def heard(self, room: str, sender: str) -> list[dict[str, Any]]:
        """What somebody said in a room, in order: the contents."""
        found = [event for where, event in self.events if where == room and event.sender == sender]
        kept = [event.source for event in found if not isinstance(event, MegolmEvent)]
        return [one["content"] for one in kept if one.get("type") == "m.room.message" and one["content"]]

"""What is known of our rooms, and the keys to the encrypted ones: matrix-nio's client, fed with what /sync brings.

Only its memory and its cryptography are used (https://matrix-nio.readthedocs.io). Messages never pass through its reading of /sync, where one
that it cannot read would keep all others back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path
from typing import Any

from aiohttp import ClientError
from nio import AsyncClient, AsyncClientConfig, MegolmEvent
from nio.events import Event, ToDeviceEvent
from nio.exceptions import EncryptionError, LocalProtocolError
from nio.responses import ErrorResponse, SyncResponse

from bot.channels.fields import Json, mapping, mappings, string
from bot.channels.matrix.addressing import Room
from bot.channels.matrix.homeserver import Homeserver
from bot.errors import DeliveryError
from bot.home import locked

_log = logging.getLogger(__name__)

REQUEST_SECONDS = 20
_WORDS = ("m.room.message", "m.sticker")
_OTHER_KEYS = (
    "device {device} has other keys than those in {folder}: bring them there from where they were made, or set another matrix.device "
    "(with a token: make one for a new device)"
)


class Rooms:
    """The rooms of one account, as far as it is `open`: from `open` to `close`, in one process at a time where there is a folder for `keys`."""

    def __init__(self, server: Homeserver, keys: Path | None) -> None:
        _keep_secrets()
        self._server = server
        self._keys = keys
        self._held = contextlib.ExitStack()
        self._client: AsyncClient | None = None
        self._sealing = asyncio.Lock()

    @property
    def is_open(self) -> bool:
        """Whether this process follows the rooms."""
        return self._client is not None

    @property
    def has_keys(self) -> bool:
        """Whether encrypted rooms are open to us at all."""
        return self._keys is not None

    async def open(self) -> bool:
        """Begin to know, once we are signed in; False where another process has the keys.

        Raises DeliveryError (permanent) where the homeserver knows our device by other keys: what is encrypted for those we could not read.
        """
        if self._keys is not None:
            self._keys.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not self._held.enter_context(locked(self._keys / "lock", wait=False)):
                self._held.close()
                return False
        config = AsyncClientConfig(
            encryption_enabled=self._keys is not None,
            store_name="keys.db",
            max_limit_exceeded=0,
            max_timeouts=0,
            request_timeout=REQUEST_SECONDS,
        )
        me = self._server
        client = AsyncClient(me.url, me.account, store_path=str(self._keys or ""), config=config)
        client.user_id, client.device_id, client.access_token = me.account, me.device, me.token
        self._client = client
        if self._keys is not None:
            client.load_store()
            if await me.key_of_device() not in ("", client.olm.account.identity_keys["curve25519"]):
                await self.close()
                raise DeliveryError(_OTHER_KEYS.format(device=me.device, folder=self._keys), permanent=True)
        return True

    async def close(self) -> None:
        """Forget all but the keys, which are on disk."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()
            if client.store is not None:
                client.store.database.close()
        self._held.close()

    def room(self, room_id: str) -> Room:
        """What is known of a room; of one that is not known that two are in it."""
        found = self._client.rooms.get(room_id) if self._client else None
        if found is None:
            return Room(room_id)
        names = {one.user_id: one.name for one in list(found.users.values())}
        return Room(room_id, max(found.member_count, 1), names)

    def is_encrypted(self, room_id: str) -> bool:
        """Whether a room that we know is."""
        found = self._client.rooms.get(room_id) if self._client else None
        return found is not None and found.encrypted

    def knows(self, room_id: str) -> bool:
        """Whether /sync has told of this room."""
        return self._client is not None and room_id in self._client.rooms

    # --- coming in -------------------------------------------------------------------------------------

    async def follow(self, body: Json) -> None:
        """Take in what /sync tells of rooms and keys, and do what keys need."""
        assert self._client is not None
        self._client.access_token = self._server.token
        try:
            await self._client.receive_response(SyncResponse.from_dict(_of_rooms(body)))
        except Exception as error:  # the library's trouble with one event must not keep all others back
            # The text of the error may quote what customers wrote.
            _log.warning("part of what the homeserver tells of rooms and keys cannot be read: %s", type(error).__name__)
        if self._keys is not None:
            await self._tend_keys(self._client)

    def read(self, room_id: str, event: Json) -> Json | None:
        """An encrypted event as it was before; None where we have no key to it (yet)."""
        if self._client is None or self._keys is None:
            return None
        try:
            sealed = Event.parse_event(event)
            if not isinstance(sealed, MegolmEvent):
                return None
            sealed.room_id = room_id
            found = self._client.decrypt_event(sealed)
        except (EncryptionError, LocalProtocolError, KeyError, TypeError, ValueError):
            return None
        source = getattr(found, "source", None)
        return _within(source) if isinstance(source, dict) and source.get("event_id") == event.get("event_id") else None

    async def _tend_keys(self, client: AsyncClient) -> None:
        """What the library asks for after each /sync: publish ours, learn those of others, mend broken sessions, pass on."""
        try:
            if client.should_upload_keys:
                _granted(await client.keys_upload())
            if client.should_query_keys:
                _granted(await client.keys_query())
            if client.should_claim_keys:
                _granted(await client.keys_claim(client.get_users_for_key_claiming()))
            await client.send_to_device_messages()
        except (ClientError, TimeoutError, LocalProtocolError, DeliveryError) as error:
            _log.warning("keys could not be exchanged, trying again: %s", type(error).__name__)

    # --- going out -------------------------------------------------------------------------------------

    async def seal(self, room_id: str, kind: str, content: Json) -> tuple[str, Json]:
        """An event encrypted for all devices in the room, verified or not: a customer's new phone is to read our answer. Raises DeliveryError."""
        client = self._client
        if client is None or self._keys is None:
            raise DeliveryError("the keys to this room are not here", retry_after=5.0)
        async with self._sealing:  # two at once would share two keys
            client.access_token = self._server.token
            try:
                await self._share_key(client, room_id)
                sealed, encrypted = client.encrypt(room_id, kind, content)
            except (ClientError, TimeoutError, LocalProtocolError, EncryptionError, KeyError) as error:
                client.sharing_session.pop(room_id, None)  # else the library waits for ever for what has failed
                raise DeliveryError(f"the reply could not be encrypted: {type(error).__name__}") from None
        return sealed, encrypted

    async def _share_key(self, client: AsyncClient, room_id: str) -> None:
        assert client.olm is not None
        if not client.rooms[room_id].members_synced:
            _granted(await client.joined_members(room_id))
        if client.should_query_keys:
            _granted(await client.keys_query())
        if client.olm.should_share_group_session(room_id):
            told = await client.share_group_session(room_id, ignore_unverified_devices=True)
            if self._left_out(client, room_id, _granted(told).users_shared_with):
                client.invalidate_outbound_session(room_id)
                raise DeliveryError("the key to the reply did not reach everybody in the room")

    def _left_out(self, client: AsyncClient, room_id: str, told: set[tuple[str, str]]) -> bool:
        """Whether a device that could be told the key was not: the library counts a request that failed as done."""
        devices = (
            (user, one) for user in client.rooms[room_id].users for one in client.device_store.active_user_devices(user)
        )
        return any(
            (user, one.id) not in told and one.id != client.device_id and client.olm.session_store.get(one.curve25519)
            for user, one in devices
        )


def _within(event: Json) -> Json:
    """What was encrypted, as words alone: who may delete, invite or end a room is decided by homeservers, which cannot look inside."""
    kind = string(event, "type")
    return event if kind in _WORDS else {**event, "type": f"encrypted {kind}"}


def _of_rooms(body: Json) -> Json:
    """What the library needs of an answer of /sync: state, members and keys, each only where it can read it."""
    joined = mapping(mapping(body, "rooms"), "join")
    kept: dict[str, Any] = {name: body[name] for name in body.keys() & {"device_lists", "device_one_time_keys_count"}}
    kept["next_batch"] = string(body, "next_batch")
    kept["to_device"] = {
        "events": [one for one in mappings(mapping(body, "to_device"), "events") if _readable(one, ToDeviceEvent)]
    }
    kept["rooms"] = {"join": {room_id: _state(mapping(joined, room_id)) for room_id in joined}}
    return kept


def _state(room: Json) -> Json:
    def states(part: str) -> list[Json]:
        events = mappings(mapping(room, part), "events")
        return [event for event in events if "state_key" in event and _readable(event, Event)]

    told = {"state": {"events": states("state")}, "timeline": {"events": states("timeline")}}
    return told | {"summary": mapping(room, "summary")}


def _readable(event: Json, kind: Any) -> bool:
    try:
        return kind.parse_event(event) is not None
    except Exception:  # it checks less than it relies on
        return False


def _granted(response: Any) -> Any:
    if isinstance(response, ErrorResponse):
        raise DeliveryError("the homeserver refuses to exchange keys")
    return response


def _keep_secrets() -> None:
    """The library logs events that it cannot read in full, and its store each statement with the keys in it."""
    logging.getLogger("nio").setLevel(logging.CRITICAL)
    logging.getLogger("peewee").setLevel(logging.WARNING)

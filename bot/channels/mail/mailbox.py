"""The folder on the IMAP server where customers' mails lie (RFC 9051), as a thread uses it: every call waits for the server."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from bot.settings.mail import Imap

CONNECT_WITHIN, ANSWER_WITHIN = 8.0, 20.0  # seconds; a process that ends waits for a call that is under way
LOOK_BACK = timedelta(days=2)  # how old mails may be that are taken up where nobody knows which were read
MAX_MAIL = 25 * 1024 * 1024  # bytes; what providers take at most. Of a larger mail only the beginning is read
BEGINNING = 512 * 1024  # bytes

Refused = LoginError
Trouble = (IMAPClientError, OSError)
"""What any call may raise. The connection is of no use afterwards."""


@dataclass(frozen=True)
class Place:
    """How far a folder has been read: up to `uid`, as long as the folder keeps its `validity` (RFC 9051, section 2.3.1.1)."""

    validity: int
    uid: int


class Mailbox:
    """A connection, logged in, with the folder open."""

    def __init__(self, server: Imap) -> None:
        """Connect. Raises Refused for a wrong password, and any of Trouble."""
        self._server = server
        context = ssl.create_default_context() if server.security != "none" else None
        self._client = IMAPClient(
            server.host,
            port=server.at,
            ssl=server.security == "tls",
            ssl_context=context,
            timeout=SocketTimeout(CONNECT_WITHIN, ANSWER_WITHIN),
        )
        try:
            if server.security == "starttls":
                self._client.starttls(context)
            self._client.login(server.login, server.password.get_secret_value() if server.password else "")
            opened = self._client.select_folder(server.folder)
            self.validity = int(opened[b"UIDVALIDITY"])
            self.last_uid = int(opened.get(b"UIDNEXT", 1)) - 1
        except BaseException:
            self.close()
            raise

    @property
    def tells(self) -> bool:
        """Whether the server tells of new mails by itself (RFC 2177)."""
        return bool(self._client.has_capability("IDLE"))

    def new(self, place: Place | None) -> list[int]:
        """The UIDs behind `place`, ascending. Where that says nothing about this folder: those not read by anybody, of the last days."""
        if place is not None and place.validity == self.validity:
            found = self._client.search(["UID", f"{place.uid + 1}:*"])
            return sorted(uid for uid in found if uid > place.uid)  # `*` is the last one, even if that is lower
        return sorted(self._client.search(["UNSEEN", "SINCE", (datetime.now(UTC) - LOOK_BACK).date()]))

    def read(self, uid: int) -> bytes | None:
        """A mail as it came; of a very large one the beginning; None if it is gone."""
        size = self._client.fetch([uid], ["RFC822.SIZE"]).get(uid, {}).get(b"RFC822.SIZE", 0)
        wanted = "BODY.PEEK[]" if size <= MAX_MAIL else f"BODY.PEEK[]<0.{BEGINNING}>"
        parts = self._client.fetch([uid], [wanted]).get(uid, {})
        return next((value for name, value in parts.items() if name.startswith(b"BODY[]")), None)

    def settle(self, uid: int) -> None:
        """What was taken in is marked as read, or moved away."""
        self._client.add_flags([uid], [b"\\Seen"], silent=True)
        if self._server.processed:
            self._move(uid)

    def _move(self, uid: int) -> None:
        if self._client.has_capability("MOVE"):
            self._client.move([uid], self._server.processed)
            return
        self._client.copy([uid], self._server.processed)
        self._client.delete_messages([uid], silent=True)
        if self._client.has_capability("UIDPLUS"):  # else other mails marked for deletion would go with it
            self._client.uid_expunge([uid])

    def idle(self, seconds: float) -> bool:
        """Wait until the server tells of something, `seconds` at most; whether it did, now or beside an answer since the last time."""
        if self._told_beside():
            return True
        self._client.idle()
        told = bool(self._client.idle_check(timeout=seconds))
        self._client.idle_done()
        return told

    def _told_beside(self) -> bool:
        """A server tells of mails with its next answer to anything (RFC 9051, section 7.4.1), and not again when it is asked to tell."""
        told: list[bytes | None] = self._client._imap.response("EXISTS")[1]  # IMAPClient keeps it to itself
        return told != [None]

    def folders(self) -> Iterator[str]:
        """The names of all folders."""
        for _, _, name in self._client.list_folders():
            yield str(name)

    def cut(self) -> None:
        """End the connection; a call under way in another thread ends with Trouble. It stays open: its number must not be given to another."""
        with contextlib.suppress(*Trouble):
            self._client.socket().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End the connection and give it back."""
        self.cut()
        with contextlib.suppress(*Trouble):
            self._client.shutdown()

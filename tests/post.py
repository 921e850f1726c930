"""A post office for tests: a real SMTP server that takes what the product sends, and a real IMAP server where customers' mails lie."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from imapclient import IMAPClient

from bot.delivery.supervisor import free_port

LOOPBACK = "127.0.0.1"
LOGIN, PASSWORD = "service", "a-password-of-nobody"


class Post:
    """Takes mails as a provider's server does. `refuse` answers a command so (`{"RCPT": "550 no such person"}`); `cut` breaks the connection instead of
    answering: "DATA" after all of the text has come."""

    def __init__(self) -> None:
        self.port = free_port()
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.refuse: dict[str, str] = {}
        self.cut: set[str] = set()
        self.secured: list[bool] = []
        self._news = asyncio.Event()

    # aiosmtpd calls its handlers by these names
    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.refuse.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" in self.cut:
            server.transport.abort()
        if "RCPT" not in self.refuse:
            envelope.rcpt_tos.append(address)
        return self.refuse.get("RCPT", "250 OK")

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        assert isinstance(envelope.content, bytes)
        parsed = message_from_bytes(envelope.content, policy=default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
        self.secured.append(session.ssl is not None)
        self._news.set()
        if "DATA" in self.cut:
            server.transport.abort()
        return "250 OK"

    async def until(self, count: int, within: float = 30.0) -> list[EmailMessage]:
        """The mails, once there are so many."""
        async with asyncio.timeout(within):
            while len(self.mails) < count:
                self._news.clear()
                await self._news.wait()
        return self.mails


def _log_in(server: Any, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
    right = (given.login, given.password) == (LOGIN.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@contextlib.asynccontextmanager
async def post_office(**traits: Any) -> AsyncIterator[Post]:
    """A server on the loopback. `traits` are aiosmtpd's: `tls_context` for STARTTLS, `auth_required` …"""
    post = Post()
    loop = asyncio.get_running_loop()
    options = {
        "hostname": "mx.test",
        "enable_SMTPUTF8": True,
        "loop": loop,
        "authenticator": _log_in,
        "auth_require_tls": True,
    }
    server = await loop.create_server(lambda: SMTP(post, **{**options, **traits}), LOOPBACK, post.port)
    try:
        yield post
    finally:
        server.close()
        await server.wait_closed()


class Dovecot:
    """A Dovecot in a folder of its own, with one account."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, again if need be; it accepts connections afterwards."""
        config = self.folder / "dovecot.conf"
        config.write_text(_config(self.folder, self.port), encoding="utf-8")
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([_dovecot(), "-F", "-c", config], stdout=log, stderr=log)
        end = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), timeout=1):
                return
            assert time.monotonic() < end, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """End it; what is connected is cut off."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)

    @contextlib.contextmanager
    def opened(self, folder: str = "INBOX") -> Iterator[IMAPClient]:
        """A connection of the test's own, with a folder open."""
        with IMAPClient(LOOPBACK, port=self.port, ssl=False) as client:
            client.login(LOGIN, PASSWORD)
            client.select_folder(folder)
            yield client

    def deliver(self, mail: bytes, *, seen: bool = False) -> None:
        """A mail comes in."""
        with self.opened() as client:
            client.append("INBOX", mail, [b"\\Seen"] if seen else [])

    def empty(self) -> None:
        """Throw all mails away."""
        for folder in ("INBOX", "Done"):
            with self.opened(folder) as client:
                client.delete_messages(client.search("ALL"))
                client.expunge()

    def unread(self, folder: str = "INBOX") -> int:
        """How many mails nobody has read."""
        with self.opened(folder) as client:
            return len(client.search("UNSEEN"))


@contextlib.contextmanager
def dovecot() -> Iterator[Dovecot]:
    """A server with an empty INBOX and a folder `Done`."""
    with tempfile.TemporaryDirectory(prefix="front-imap-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = Dovecot(folder)
        server.start()
        try:
            with server.opened() as client:
                client.create_folder("Done")
            yield server
        finally:
            server.stop()


def _config(folder: Path, port: int) -> str:
    """As root it needs other accounts for what faces the network; else it is all our own."""
    root = os.geteuid() == 0
    me = getpass.getuser()
    internal, login, owner = (
        ("dovecot", "dovenull", pwd.getpwnam("nobody")) if root else (me, me, pwd.getpwuid(os.getuid()))
    )
    mails = folder / "mail"
    mails.mkdir(exist_ok=True)
    if root:
        os.chown(mails, owner.pw_uid, owner.pw_gid)
    return f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = {LOOPBACK}
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_login_user = {login}
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:{mails}/%u
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={mails}/%u
}}
"""


def _dovecot() -> str:
    """Debian keeps it off the PATH of ordinary accounts."""
    found = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/sbin")
    assert found, "Dovecot is needed: deploy/install-test-tools.sh installs it"
    return found

"""Hands mails in at the provider's SMTP server (RFC 5321, RFC 6409) and tells what its answers mean for a reply."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupported,
    SMTPResponseException,
)

from bot.errors import DeliveryError
from bot.settings.mail import Smtp

WITHIN = 20.0  # seconds a command may take
TAKEN_WITHIN = 90.0  # seconds for the word that a mail was taken; RFC 5321 (section 4.5.3.2.6) has patience for ten minutes, the outbox for two
REFUSED_US = 300.0  # seconds until a login that was refused is tried again: it takes a person to mend it, and nothing is lost meanwhile


class MailSender:
    """One SMTP account. Each mail has a connection of its own, which nothing else can break."""

    def __init__(self, server: Smtp, name: str) -> None:
        """`name`: what we call ourselves when we greet, a domain."""
        self._server = server
        self._name = name
        self._context = ssl.create_default_context() if server.security != "none" else None

    async def send(self, mail: EmailMessage, sender: str, recipient: str) -> None:
        """Hand `mail` in. Raises DeliveryError."""
        async with self._connected() as client:
            await self._envelope(client, sender, recipient)
            try:
                await client.data(mail.as_bytes(), timeout=TAKEN_WITHIN)
            except SMTPResponseException as refused:  # said no, before or after the text
                raise failure(refused) from None
            except (SMTPException, OSError):  # no word came: it may have been taken
                raise DeliveryError("the connection broke after the mail had left", certain=False) from None

    async def check(self) -> None:
        """Log in, and nothing else. Raises DeliveryError."""
        async with self._connected():
            pass

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection that is logged in. What goes wrong until then is certain: no mail has left."""
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.at,
            local_hostname=self._name,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=self._context,
            timeout=WITHIN,
        )
        try:
            await client.connect()
            if server.password is not None:
                await client.login(server.login, server.password.get_secret_value())
        except SMTPAuthenticationError:
            client.close()
            raise DeliveryError("the mail server refuses login and password", retry_after=REFUSED_US) from None
        except (SMTPException, OSError, ValueError) as error:
            client.close()
            raise DeliveryError(f"the mail server cannot be used: {type(error).__name__}") from None
        try:
            yield client
            with contextlib.suppress(SMTPException, OSError):  # what was taken stays taken
                await client.quit(timeout=1.0)
        finally:
            client.close()

    async def _envelope(self, client: aiosmtplib.SMTP, sender: str, recipient: str) -> None:
        options = [] if recipient.isascii() else ["SMTPUTF8"]
        try:
            await client.mail(sender, options=options, encoding="utf-8")
            await client.rcpt(recipient, encoding="utf-8")
        except SMTPNotSupported:
            raise DeliveryError("the mail server takes no addresses with such letters", permanent=True) from None
        except SMTPResponseException as refused:
            raise failure(refused) from None
        except (SMTPException, OSError):
            raise DeliveryError("the connection to the mail server broke") from None


def failure(refused: SMTPResponseException) -> DeliveryError:
    """What a server's refusal means: 4xx is for now, 5xx for good (RFC 5321, section 4.2.1). Either way it has not taken the mail."""
    return DeliveryError(f"the mail server refuses: {refused.code}", permanent=refused.code >= 500)

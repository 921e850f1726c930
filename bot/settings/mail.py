"""E-mail and the contact form."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from bot.errors import Fault
from bot.settings.section import Section

Security = Literal["tls", "starttls", "none"]
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class MailServer(Section):
    """A server of the operator's provider. `tls` from the first byte, `starttls` before anything is said, `none` only on this machine."""

    host: str = ""
    port: int | None = Field(default=None, ge=1, le=65535)
    security: Security = "tls"
    login: str = ""
    password: SecretStr | None = None

    def faults(self, table: str) -> list[Fault]:
        """What cannot work in the `table` that says this."""
        if self.host and self.security == "none" and self.host not in THIS_MACHINE:
            hint = "set security to tls or starttls: passwords and customers' words would travel in the open"
            return [Fault(f"{table}.security", f"{self.host} is another machine", hint)]
        if bool(self.login) != (self.password is not None):
            return [Fault(f"{table}.password", "login and password belong together", "set both, or neither")]
        return []


class Smtp(MailServer):
    """Where replies are handed in (RFC 6409)."""

    security: Security = "starttls"

    @property
    def at(self) -> int:
        """The port: the usual one unless another is set."""
        return self.port or {"tls": 465, "starttls": 587, "none": 25}[self.security]


class Imap(MailServer):
    """Where customers' mails lie (RFC 9051). Those that were taken in are marked as read or, where `processed` names a folder, moved there."""

    folder: str = "INBOX"
    processed: str = ""
    poll_seconds: int = Field(default=60, ge=1, le=3600)

    @property
    def at(self) -> int:
        """The port: the usual one unless another is set."""
        return self.port or (993 if self.security == "tls" else 143)


class Mail(Section):
    """One address that customers write to; without it, its `secret` and an SMTP server the channel and the contact form are off.

    The secret makes references that nobody guesses, and signs what is handed to the door for mails.
    """

    address: str = ""
    secret: SecretStr | None = Field(default=None, min_length=12)
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,4}$")] = "FB"
    smtp: Smtp = Smtp()
    imap: Imap = Imap()
    authenticator: str = ""
    most_of_address: int = Field(default=20, ge=1)

    @property
    def is_on(self) -> bool:
        """Whether e-mail is set up."""
        return bool(self.address)

    def faults(self) -> list[Fault]:
        """All that is wrong, found without asking a server."""
        if not self.is_on:
            return []
        found = [*self.smtp.faults("mail.smtp"), *self.imap.faults("mail.imap")]
        if self.secret is None:
            found.append(
                Fault(
                    "mail.secret",
                    "mail.secret is not set",
                    "`openssl rand -hex 32` makes a good one; it stays for good",
                )
            )
        if not self.smtp.host:
            found.append(
                Fault("mail.smtp", "no server takes the replies", "set host, login and password under [mail.smtp]")
            )
        return found


class Form(Section):
    """The contact form. It is there once e-mail is set up, for that is how it is answered."""

    enabled: bool = True
    customer_number: bool = True
    files: bool = True

"""The channel: one address that customers write to, read over IMAP or handed in at our door, answered over SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import Accept, Capabilities, PollingChannel, Request, WebhookChannel
from bot.channels.mail import signing
from bot.channels.mail.identity import Identity
from bot.channels.mail.mailbox import MAX_MAIL, Mailbox, Refused, Trouble
from bot.channels.mail.parsing import CHANNEL, is_mail, parse_mail
from bot.channels.mail.polling import MailPoller, Sleep
from bot.channels.mail.rendering import render
from bot.channels.mail.sending import MailSender
from bot.domain.message import InboundEvent
from bot.domain.reply import Outgoing, Receipt, ReplyKind
from bot.errors import DeliveryError, Fault, RequestRejected, SettingsError
from bot.rates import LocalRates, Rates, Window
from bot.settings.company import Company
from bot.settings.mail import Mail

HOUR = 3600.0


class MailChannel(PollingChannel, WebhookChannel):
    """One address. Polls where an IMAP server is set; its door takes mails in any case."""

    name = CHANNEL
    capabilities = Capabilities(max_text=100_000, letters=True)
    max_body = MAX_MAIL

    def __init__(
        self,
        settings: Mail,
        company: Company,
        *,
        rates: Rates | None = None,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.settings = settings
        self.identity = Identity.of(settings)
        self.account = self.identity.address
        self._company = company
        self._clock = clock
        self._rates = rates or LocalRates()
        self._answers = Window("mail.answers_of_address", most=settings.most_of_address, seconds=HOUR)
        self._sender = MailSender(settings.smtp, self.identity.domain)
        self._poller = MailPoller(settings.imap, lambda raw: parse_mail(raw, self.identity), sleep)

    def faults(self) -> list[Fault]:
        """All that is wrong with the settings."""
        found = self.settings.faults()
        if not self.account:
            hint = "write it as service@your-company.example"
            found.append(Fault("mail.address", f"{self.settings.address!r} is no address", hint))
        return found

    async def start(self) -> None:
        """Nothing is opened before it is needed. Raises SettingsError for settings that cannot work."""
        if faults := self.faults():
            raise SettingsError(faults)

    # --- coming in -------------------------------------------------------------------------------------

    async def poll(self, progress: dict[str, Any], accept: Accept) -> None:
        """Read for ever; returns at once where no IMAP server is set and mails are handed in."""
        if self.settings.imap.host:
            await self._poller.run(progress, accept)

    def verify(self, request: Request) -> None:
        """Whoever hands mails in signs them with the secret."""
        secret = self.settings.secret.get_secret_value() if self.settings.secret else ""
        signing.verify(secret, request, lambda: self._clock().timestamp())

    def parse(self, request: Request) -> list[InboundEvent]:
        """The body is one mail as it came, headers and all."""
        if not is_mail(request.body):
            raise RequestRejected("the body is not a mail")
        return [parse_mail(request.body, self.identity)]

    # --- going out -------------------------------------------------------------------------------------

    async def send(self, outgoing: Outgoing) -> Receipt:
        """Hand a reply in. The receipt is the mail's name, by which reports on it and answers to it are known."""
        mail = render(outgoing, self.identity, self._company, self._clock())
        if mail is None:
            raise DeliveryError("the reply says nothing", permanent=True)
        if outgoing.reply.kind is not ReplyKind.AGENT:
            await self._rest(outgoing.key.chat)
        await self._sender.send(mail, self.account, outgoing.key.chat)
        return Receipt(self.identity.message_id(outgoing.key.thread, outgoing.id))

    async def _rest(self, address: str) -> None:
        """Two machines that do not know each other as such would write for ever: what is too much is not sent later either."""
        if await self._rates.take((self._answers, f"{self.account}:{address}")):
            raise DeliveryError(
                "so many mails to this address within an hour that a machine may be answering", permanent=True
            )

    # --- for the operator ------------------------------------------------------------------------------

    async def check(self) -> str:
        """Log in at both servers. Raises DeliveryError where one refuses us or cannot be reached."""
        await self._sender.check()
        imap, smtp = self.settings.imap, self.settings.smtp
        if not imap.host:
            return f"{self.account} sends over {smtp.host} and is handed mails at its door"
        try:
            folders = await asyncio.to_thread(_folders, self)
        except Refused:
            raise DeliveryError("the IMAP server refuses login and password", permanent=True) from None
        except Trouble as error:
            raise DeliveryError(f"the IMAP server cannot be used: {type(error).__name__}") from None
        if imap.processed and imap.processed not in folders:
            raise DeliveryError(f"there is no folder {imap.processed!r} for mails that were taken in", permanent=True)
        return f"{self.account} sends over {smtp.host} and reads {imap.folder} at {imap.host}"


def _folders(channel: MailChannel) -> Iterable[str]:
    mailbox = Mailbox(channel.settings.imap)
    try:
        return list(mailbox.folders())
    finally:
        mailbox.close()

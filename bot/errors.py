"""The errors of the front line. Each says what a person can do about it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.message import Missing


@dataclass(frozen=True)
class Fault:
    """One thing wrong in the configuration: a stable `id`, what is `wrong`, and a `hint` how to mend it."""

    id: str
    wrong: str
    hint: str


class SettingsError(Exception):
    """The configuration cannot be used. Carries all faults at once, so that one round of mending is enough."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.id}: {fault.wrong} ({fault.hint})" for fault in faults))


class BotError(Exception):
    """Base of everything that can go wrong while serving."""


class RequestRejected(BotError):
    """A request at one of the doors is refused. `status` is the HTTP status: 401 forged, 400 malformed, 413 too large.

    The `reason` is shown to the sender and so never carries internals. `retry_after`: seconds after which it may be granted, where that is known.
    """

    def __init__(self, reason: str, *, status: int = 400, retry_after: int | None = None) -> None:
        self.reason = reason
        self.status = status
        self.retry_after = retry_after
        super().__init__(reason)


class DeliveryError(BotError):
    """A reply could not be handed to its channel.

    `permanent`: trying again is useless (blocked, too old, wrong token for good).
    `certain`: it is certain that the customer did not get it; if False nobody knows, and it is never resent silently.
    `retry_after`: seconds the channel asked us to wait, if it did.
    `of_account`: it is not about this reply: nothing can be sent on this account until somebody mends it, or the channel is back. The reply waits.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        certain: bool = True,
        retry_after: float | None = None,
        of_account: bool = False,
    ) -> None:
        self.reason = reason
        self.permanent = permanent
        self.certain = certain
        self.retry_after = retry_after
        self.of_account = of_account
        super().__init__(reason)


class FileMissing(BotError):
    """The content of a file that a customer sent cannot be had; `why` says for what reason. What is unreachable may be there later."""

    def __init__(self, why: Missing) -> None:
        self.why = why
        super().__init__(why.value)


class BrainUnavailable(BotError):
    """The brain did not give a usable turn in time. The message stays in the inbox or another brain takes it."""


class StorageConflict(BotError):
    """Somebody else was faster: the row changed since it was read. `reason` is fit to be shown to staff."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class StorageAway(BotError):
    """The database cannot be reached, or somebody keeps it locked: nothing was written that a second try would double."""


class DatabaseAway(SettingsError, StorageAway):
    """The database cannot be reached at the start: for a command a fault to mend, for one who serves something to wait for."""


class StorageFull(BotError):
    """The disk reserve is reached: intake is refused with 503 so that the channel keeps the message."""


class BacklogFull(BotError):
    """So many messages wait for an answer that intake is refused with 503 until fewer do: the channel keeps the message. The text is fit for senders."""

"""The ledger: every message received is in exactly one state, and every reply too.

It is kept in double entry: what belongs together is written in one transaction to two places that are counted apart. Deliveries and messages, a
conversation's length and the places taken in it, a reply's state and its attempts, an owner and a claimed case. Where both sides agree
the ledger balances; where they do not, something was lost, doubled or forged, and the rule that is broken says what.

`counts` says how much there is. The rules stand in books by subject: `deliveries`, `messages`, `replies`, `conversations`; `rule` says what these are.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from bot.storage.ledger.conversations import CONVERSATIONS
from bot.storage.ledger.counts import Count, count
from bot.storage.ledger.deliveries import ACCOUNTS, DELIVERIES
from bot.storage.ledger.messages import MESSAGES
from bot.storage.ledger.replies import ATTEMPTS, REPLIES
from bot.storage.ledger.rule import Audit, Imbalance

AUDIT = Audit((ACCOUNTS, DELIVERIES, MESSAGES, REPLIES, ATTEMPTS, CONVERSATIONS))


@dataclass(frozen=True)
class Ledger:
    """How much there is in which state, and what does not balance."""

    counts: tuple[Count, ...]
    imbalances: tuple[Imbalance, ...]

    @property
    def balances(self) -> bool:
        """Whether no rule is broken."""
        return not self.imbalances


def read_ledger(connection: Connection) -> Ledger:
    """The ledger as it is now."""
    return Ledger(count(connection), AUDIT.run(connection))

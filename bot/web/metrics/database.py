"""Figures of all that is stored, the same from every process on one database."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.domain.message import MessageState
from bot.domain.reply import ReplyState
from bot.storage.ledger import AUDIT
from bot.storage.ledger.counts import OPEN_STATES, Count, count
from bot.storage.ledger.replies import OUTCOMES
from bot.storage.ledger.rule import Imbalance
from bot.storage.store import Store
from bot.web.metrics.kept import Kept

_PLACE = ("channel", "account")
_BY_STATE: tuple[tuple[str, str, str, str, Sequence[str]], ...] = (
    ("message", "frontline_messages", "Messages by their state in the ledger", "state", tuple(MessageState)),
    ("reply", "frontline_replies", "Replies by their state", "state", tuple(ReplyState)),
    ("attempt", "frontline_attempts", "Attempts to send a reply by their outcome", "outcome", OUTCOMES),
)
_WAITING = (
    ("message", "messages", "received and not yet answered, or put aside"),
    ("reply", "replies", "written and not yet sent, or put aside"),
)


class OfDatabase(Collector):
    """The ledger as figures. Labels name channels, accounts, states and rules, never a customer."""

    def __init__(self, store: Store) -> None:
        self._counts = Kept(lambda: store.read_now(count))
        self._audit = Kept(lambda: (store.read_now(AUDIT.run), time.time()))

    def collect(self) -> Iterator[Metric]:
        """The figures; those that cannot be read are left out."""
        counts = self._counts.get()
        if counts is not None:
            yield _received(counts)
            yield from _by_state(counts)
            yield from _waiting(counts, datetime.now(UTC))
        audited = self._audit.get()
        if audited is not None:
            yield from _audited(*audited)


def _received(counts: Sequence[Count]) -> Metric:
    family = CounterMetricFamily("frontline_messages_received", "Messages received, each once", labels=_PLACE)
    for place in _places(counts):
        family.add_metric(place, sum(one.number for one in _of("event", place, counts)))
    return family


def _by_state(counts: Sequence[Count]) -> Iterator[Metric]:
    for table, name, says, label, states in _BY_STATE:
        family = GaugeMetricFamily(name, says, labels=(*_PLACE, label))
        for place in _places(counts):
            numbers = dict.fromkeys(states, 0) | {one.state: one.number for one in _of(table, place, counts)}
            for state, number in numbers.items():
                family.add_metric((*place, state), number)
        yield family


def _waiting(counts: Sequence[Count], now: datetime) -> Iterator[Metric]:
    for table, name, says in _WAITING:
        number = GaugeMetricFamily(f"frontline_open_{name}", f"{name.title()} {says}", labels=_PLACE)
        oldest = GaugeMetricFamily(
            f"frontline_open_{name}_oldest_seconds", f"Since when the first of the open {name} waits", labels=_PLACE
        )
        for place in _places(counts):
            waiting = [one for one in _of(table, place, counts) if one.state in OPEN_STATES]
            number.add_metric(place, sum(one.number for one in waiting))
            ages = [(now - one.oldest).total_seconds() for one in waiting if one.oldest is not None]
            oldest.add_metric(place, max(0.0, *ages) if ages else 0.0)
        yield number
        yield oldest


def _audited(imbalances: Sequence[Imbalance], at: float) -> Iterator[Metric]:
    says = "Rows that break a rule of the ledger; it balances where all are 0"
    family = GaugeMetricFamily("frontline_ledger_imbalances", says, labels=("rule",))
    for rule in AUDIT.rules:
        family.add_metric((rule.id,), sum(one.number for one in imbalances if one.rule is rule))
    yield family
    yield GaugeMetricFamily(
        "frontline_ledger_audited_timestamp_seconds", "When the rules were looked at last", value=at
    )


def _places(counts: Sequence[Count]) -> list[tuple[str, str]]:
    return sorted({(one.channel, one.account) for one in counts})


def _of(table: str, place: tuple[str, str], counts: Sequence[Count]) -> list[Count]:
    return [one for one in counts if one.table == table and (one.channel, one.account) == place]

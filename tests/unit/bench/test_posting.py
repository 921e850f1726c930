"""What posts sends requests that a server would take for Telegram's, each update once."""

from __future__ import annotations

import itertools
import json

from bench.posting import CUSTOMERS, SECRET_HEADER, Posted, requests, update
from bot.channels.telegram.addressing import Identity
from bot.channels.telegram.parsing import parse_update
from bot.domain.message import EventKind


def test_requests_are_whole_and_carry_one_new_update_each() -> None:
    sent = itertools.islice(requests("http://127.0.0.1:81/door?x", "s3cret", 1_000_000_999), 3)
    for number, request in enumerate(sent, 1_000_000_999):
        head, _, body = request.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        assert lines[:3] == ["POST /door HTTP/1.1", "Host: 127.0.0.1:81", f"{SECRET_HEADER}: s3cret"]
        assert f"Content-Length: {len(body)}" in lines
        assert json.loads(body) == update(number)


def test_each_update_is_a_message_and_customers_take_turns() -> None:
    me = Identity("4242", "bot")
    events = [parse_update(update(number), me) for number in range(1_000_000_000, 1_000_000_000 + CUSTOMERS + 1)]
    assert {event.kind for event in events} == {EventKind.MESSAGE}
    assert len({event.event_id for event in events}) == len(events)
    assert events[0].key == events[-1].key != events[1].key


def test_the_rate_counts_what_was_accepted() -> None:
    assert Posted(8, 2.0, 500, 3, 1.0, 2.0).rate == 250

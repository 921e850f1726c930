"""Telegram updates posted as fast as they are taken: `python -m bench.posting`, a process of its own.

Written on a bare protocol with requests that are built once, so that what posts costs a tenth of what takes. Every update is new, a client
keeps its connection and posts the next update when the one before has been answered.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import numpy as np
import uvloop

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
FIRST_CUSTOMER = 5_000_000
CUSTOMERS = 1000
TEXT = "Guten Tag, meine Rechnung ist diesen Monat höher als sonst. Woran liegt das?"
PATIENCE = 30.0  # seconds an answer may take


@dataclass(frozen=True)
class Posted:
    """What `clients` clients had answered in `seconds`: 200, or anything else (`refused`); milliseconds until the answer."""

    clients: int
    seconds: float
    accepted: int
    refused: int
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Accepted updates a second."""
        return self.accepted / self.seconds


def update(number: int) -> dict[str, Any]:
    """The update `number`, as Telegram would post it: one of the customers, each in turn, says the same words."""
    person = FIRST_CUSTOMER + number % CUSTOMERS
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "from": {"id": person, "is_bot": False, "first_name": "Zoë", "language_code": "de"},
            "chat": {"id": person, "first_name": "Zoë", "type": "private"},
            "date": 1_790_000_000,
            "text": TEXT,
        },
    }


def requests(url: str, secret: str, first: int) -> Iterator[bytes]:
    """Whole requests for the updates from `first` on. Only the numbers differ, so that none is built twice."""
    where = urlsplit(url)
    pattern = json.dumps(update(first)).replace(f'_id": {first}', '_id": %(number)d')
    pattern = pattern.replace(f'"id": {FIRST_CUSTOMER + first % CUSTOMERS}', '"id": %(person)d')
    length = len(pattern % {"number": first, "person": FIRST_CUSTOMER})
    head = f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\n{SECRET_HEADER}: {secret}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    whole = (head.replace("%", "%%") + pattern).encode()
    for number in itertools.count(first):
        yield whole % {b"number": number, b"person": FIRST_CUSTOMER + number % CUSTOMERS}


class Client(asyncio.Protocol):
    """One connection: posts, waits for the answer, posts the next, until `stop` says so."""

    def __init__(self, following: Iterator[bytes], stop: Callable[[float], bool]) -> None:
        self._following = following
        self._stop = stop
        self._answer = b""
        self._asked = 0.0
        self.latencies: list[float] = []
        self.refused = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Know where to post."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is none by inheritance

    def begin(self) -> None:
        """Post the first update."""
        self._post(time.perf_counter())

    def data_received(self, data: bytes) -> None:
        """Note an answer that is whole, and go on."""
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._answer = b""
        at = time.perf_counter()
        if head.startswith(b"HTTP/1.1 200"):
            self.latencies.append(at - self._asked)
        else:
            self.refused += 1
        if self._stop(at):
            self._transport.close()
        else:
            self._post(at)

    def connection_lost(self, error: Exception | None) -> None:
        """Say that it is over, and how."""
        if error is not None or not self._stop(time.perf_counter()):
            self.done.set_exception(error or ConnectionError("the server closed the connection"))
        else:
            self.done.set_result(None)

    def _post(self, at: float) -> None:
        self._asked = at
        self._transport.write(next(self._following))


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])


async def post(url: str, secret: str, *, clients: int, seconds: float, first: int) -> Posted:
    """Post for `seconds` with `clients` connections. ConnectionError where the server lets go, TimeoutError where it hangs."""
    where, following, end = urlsplit(url), requests(url, secret, first), math.inf
    loop = asyncio.get_running_loop()

    def made() -> Client:
        return Client(following, lambda at: at >= end)

    host, port = where.hostname or "", where.port or 80
    pairs = [await loop.create_connection(made, host, port) for _ in range(clients)]
    began = time.perf_counter()
    end = began + seconds
    for _, client in pairs:
        client.begin()
    async with asyncio.timeout(seconds + PATIENCE):
        await asyncio.gather(*(client.done for _, client in pairs))
    passed = time.perf_counter() - began
    latencies = np.array([one for _, client in pairs for one in client.latencies] or [np.nan]) * 1000
    p50, p99 = np.percentile(latencies, [50, 99])
    accepted = sum(len(client.latencies) for _, client in pairs)
    refused = sum(client.refused for _, client in pairs)
    return Posted(clients, passed, accepted, refused, float(p50), float(p99))


async def posted_apart(url: str, secret: str, *, clients: int, seconds: float, first: int) -> Posted:
    """`post` in a process of its own."""
    command = [sys.executable, "-m", "bench.posting", url, "--clients", str(clients)]
    command += ["--seconds", str(seconds), "--first", str(first)]
    child = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await child.communicate(secret.encode())
    if child.returncode != 0:
        raise RuntimeError(f"{url} could not be posted to: see above")
    return Posted(**json.loads(told))


def main() -> None:
    """Post as told, the webhook's secret from standard input; print what came of it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.posting", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--first", type=int, default=1_000_000_000, help="number of the first update")
    options = parser.parse_args()
    secret = sys.stdin.read().strip()
    told = uvloop.run(post(options.url, secret, clients=options.clients, seconds=options.seconds, first=options.first))
    print(json.dumps(asdict(told)))


if __name__ == "__main__":
    main()

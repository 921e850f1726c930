"""Structured logs: one line an event, for people on a terminal and for machines elsewhere. No customer text, no secrets."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from urllib.parse import quote

import structlog

_CHATTY = ("httpx", "httpcore", "telegram", "aiohttp.access", "alembic", "asyncio")  # httpx logs URLs, tokens included
_SHORTEST = 6  # characters; what is shorter is found in ordinary words
_HIDDEN = "<secret>"


class Discreet:
    """Standard error, in whose lines certain words never appear. The last line of defence: nobody is meant to log a secret at all."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def conceal(self, secrets: Iterable[str]) -> None:
        """Never write these from now on, nor as they stand in a URL."""
        found = {form for secret in secrets if len(secret) >= _SHORTEST for form in (secret, quote(secret, safe=""))}
        self._secrets |= found

    def write(self, text: str) -> int:
        """Write a line."""
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return sys.stderr.write(text)  # whatever that is now

    def flush(self) -> None:
        """Have it written."""
        sys.stderr.flush()


def configure_logs(level: str, secrets: Iterable[str] = ()) -> Discreet:
    """Send everything to standard error, but for `secrets`: coloured lines on a terminal, JSON elsewhere."""
    out = Discreet()
    out.conceal(secrets)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_rendering(sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(out),  # type: ignore[arg-type]  # it needs write and flush
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=level.upper(), stream=out, format="%(levelname)s %(name)s: %(message)s")
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    return out


def _rendering(terminal: bool) -> list[structlog.typing.Processor]:
    if terminal:  # structlog's own choice of tracebacks shows the values of all variables
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]

"""The home folder, and who holds it."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from bot.errors import Fault, SettingsError


@contextlib.contextmanager
def only_one(home: Path, hint: str) -> Iterator[None]:
    """Hold the home folder: two front lines on one embedded database would each send what the other sends.

    SettingsError, with `hint` as what to do, where somebody else holds it.
    """
    with locked(home / "frontline.lock", wait=False) as is_free:
        if not is_free:
            raise SettingsError([Fault("home.busy", f"{home} is in use by another front line", hint)])
        yield


@contextlib.contextmanager
def locked(file: Path, *, wait: bool) -> Iterator[bool]:
    """Hold a lock file; gives whether it is ours, which it always is where we `wait`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True

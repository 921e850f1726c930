"""Following what is published: a new snapshot is loaded beside the old one, which goes on reading until the new one can."""

from __future__ import annotations

import contextlib
import gc
import threading
import time
from collections.abc import Iterator

from nlu.folder import SnapshotFolder, Stamp
from nlu.understanding import Understanding

_RETRY = 1.0
"""Seconds between two attempts to load the same publication: one that cannot be read must not keep a processor busy."""


class Follower:
    """The understanding of what is published in a folder. Safe to share between threads."""

    def __init__(self, folder: SnapshotFolder) -> None:
        self._folder = folder
        self._understanding: Understanding | None = None
        self._loading = threading.Lock()
        self._starting = threading.Lock()
        self._loader: threading.Thread | None = None
        self._tried: tuple[Stamp | None, float] = (None, 0.0)

    def current(self) -> Understanding | None:
        """What reads now; None while nothing was ever published. Waits only where there is nothing yet that could read."""
        if self._understanding is None:
            self._load()
        else:
            self.look()
        return self._understanding

    def look(self) -> None:
        """Begin to load what was published since, if anything was, and return at once. To be called often, also where nobody asks."""
        if not self._folder.changed:
            return
        stamp, now = self._folder.stamp(), time.monotonic()
        with self._starting:
            loading = self._loader is not None and self._loader.is_alive()
            tried, at = self._tried
            if loading or (tried == stamp and now < at + _RETRY):
                return
            self._tried = (stamp, now)
            self._loader = threading.Thread(target=self._load, name="snapshot-load", daemon=True)
            self._loader.start()

    def _load(self) -> None:
        with self._loading, _collecting_later():
            snapshot = self._folder.current()
            if snapshot is not None and (self._understanding is None or self._understanding.snapshot is not snapshot):
                self._understanding = Understanding(snapshot)


@contextlib.contextmanager
def _collecting_later() -> Iterator[None]:
    """Without cyclic garbage collection: so many new objects would set off full ones, during which every thread stands still."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()

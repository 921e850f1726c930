"""The folder of snapshots: published and picked up atomically, by different processes."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from nlu.encoder import EncoderError
from nlu.snapshot import PATCHED, Snapshot

_LOG = logging.getLogger(__name__)
_KEPT = 5
_AGAIN = re.compile(r"\.[0-9a-f]{8}$")  # ends the folder's name of a version that was published before

Stamp = tuple[int, int]
"""Tells one publication from another."""


class SnapshotFolder:
    """A folder of snapshots, of which one is current. Writers and readers may be different processes."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pointer = root / "current"
        self._seen: Stamp | None = None
        self._snapshot: Snapshot | None = None
        self._told: Stamp | None = None
        self.refused: EncoderError | None = None
        """Why the current snapshot is not read, though it is whole; None where it is read."""

    def publish(self, snapshot: Snapshot) -> None:
        """Make a snapshot the current one. Readers see the old one or the new one, never a mixture."""
        self._root.mkdir(parents=True, exist_ok=True)
        name = (
            f"{snapshot.version}.{uuid.uuid4().hex[:8]}"
            if (self._root / snapshot.version).exists()
            else snapshot.version
        )
        draft = self._root / f".{uuid.uuid4().hex}"
        snapshot.save(draft)
        draft.rename(self._root / name)
        pointer = self._root / f".{uuid.uuid4().hex}"
        pointer.write_text(name, encoding="utf-8")
        os.replace(pointer, self._pointer)
        self._prune(name)

    def current(self) -> Snapshot | None:
        """The current snapshot, read anew only after a publication, which takes a while; None where there is none yet.

        Where the new one cannot be read (it was replaced meanwhile), the one before is served and reading is tried again next time.
        """
        seen = self.stamp()
        if seen is not None and seen != self._seen:
            try:
                loaded = Snapshot.load(self._root / self._pointer.read_text(encoding="utf-8"))
            except EncoderError as error:
                self._refuse(error, seen)
                return self._snapshot
            except (OSError, ValueError, KeyError):
                return self._snapshot
            self._snapshot, self._seen, self.refused = loaded, seen, None
        return self._snapshot

    def _refuse(self, error: EncoderError, stamp: Stamp) -> None:
        """Say it once a publication: reading is tried again and again."""
        self.refused = error
        if stamp != self._told:
            self._told = stamp
            _LOG.error("The current snapshot is not read: %s", error)

    def stamp(self) -> Stamp | None:
        """What changes with every publication; None where there is none yet. Costs one look at a small file."""
        try:
            stat = self._pointer.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino

    @property
    def changed(self) -> bool:
        """Whether something was published that `current` has not read yet."""
        return self.stamp() not in (None, self._seen)

    def version(self) -> str | None:
        """The version of the current snapshot, without reading it; None where there is none yet."""
        try:
            return _AGAIN.sub("", self._pointer.read_text(encoding="utf-8"))
        except OSError:
            return None

    def fitted(self) -> Snapshot | None:
        """The fitted snapshot that the current one goes back to, or that it is itself; None where it is missing."""
        version = self.version()
        if version is None:
            return None
        wanted = version.rpartition(PATCHED)[2]
        with contextlib.suppress(OSError, ValueError, KeyError):
            return Snapshot.load(self._newest(wanted))
        return None

    @contextlib.contextmanager
    def locked(self, purpose: str) -> Iterator[None]:
        """Hold the folder for a purpose: who wants it for the same one waits."""
        self._root.mkdir(parents=True, exist_ok=True)
        with (self._root / f".{purpose}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _newest(self, version: str) -> Path:
        """Where this version was published last."""
        own = [path for path in self._folders() if _AGAIN.sub("", path.name) == version]
        return max(own, key=_age, default=self._root / version)

    def _folders(self) -> list[Path]:
        return [path for path in self._root.iterdir() if path.is_dir() and not path.name.startswith(".")]

    def _prune(self, current: str) -> None:
        """Remove what is old, but neither the current snapshot nor what it was patched from."""
        needed = {current, self._newest(_AGAIN.sub("", current).rpartition(PATCHED)[2]).name}
        for path in sorted(self._folders(), key=_age, reverse=True)[_KEPT:]:
            if path.name not in needed:
                shutil.rmtree(path, ignore_errors=True)


def _age(folder: Path) -> int:
    return folder.stat().st_mtime_ns

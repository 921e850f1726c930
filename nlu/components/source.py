"""Where this process gets its understanding from: the snapshot that is published, which is followed."""

from __future__ import annotations

import logging
import os
import threading
import time
from functools import lru_cache
from pathlib import Path

from nlu.folder import SnapshotFolder
from nlu.following import Follower
from nlu.reading import Context, Decision, DecisionKind, Reading, Urgency
from nlu.understanding import Understanding

logger = logging.getLogger(__name__)

FOLDER_VARIABLE = "FRONTLINE_SNAPSHOTS"
_LOOK_EVERY_SECONDS = 0.25


class Source:
    """Reads with whatever snapshot is published in a folder; the one before goes on reading while a new one is loaded."""

    def __init__(self, root: Path | None) -> None:
        self._follower = Follower(SnapshotFolder(root)) if root else None
        self._told: str | None = ""

    @property
    def version(self) -> str | None:
        """The version of the snapshot that reads now; None where there is none yet."""
        understanding = self._current()
        return understanding.snapshot.version if understanding else None

    def read(self, text: str, context: Context) -> Reading:
        """Read one message. Without a snapshot the reading hands over to a person, because nothing is sure."""
        understanding = self._current()
        return understanding.read(text, context) if understanding else unread(context)

    def follow(self) -> None:
        """Look for publications from now on, in a thread of its own: the first message after one is to find it loaded."""
        if self._follower is not None:
            threading.Thread(
                target=self._look_forever, args=(self._follower,), name="snapshot-look", daemon=True
            ).start()

    def _look_forever(self, follower: Follower) -> None:
        while True:
            time.sleep(_LOOK_EVERY_SECONDS)
            follower.look()

    def _current(self) -> Understanding | None:
        understanding = self._follower.current() if self._follower else None
        version = understanding.snapshot.version if understanding else None
        if version != self._told:  # once, not once a message: a flood of lines would hide it
            self._told = version
            if version is None:
                logger.warning("No snapshot in %s yet: every message goes to a person.", FOLDER_VARIABLE)
            else:
                logger.info("Snapshot %s reads from now on.", version)
        return understanding


@lru_cache(maxsize=1)
def shared_source() -> Source:
    """The one source of this process, from the folder that FRONTLINE_SNAPSHOTS names."""
    root = os.environ.get(FOLDER_VARIABLE)
    source = Source(Path(root) if root else None)
    source.follow()
    return source


def unread(context: Context) -> Reading:
    """The reading of a message that nothing could read: a person is needed, reason `unsure`."""
    return Reading(
        language=context.language or "de",
        intent="question",
        intent_confidence=0.0,
        urgency=Urgency(),
        decision=Decision(DecisionKind.HANDOFF, handoff="unsure"),
        notes=("no snapshot",),
    )

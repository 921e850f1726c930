"""Where this process gets its understanding from: the published snapshot, looked at for every message."""

from __future__ import annotations

import logging
import os
from functools import lru_cache
from pathlib import Path

from nlu.reading import Context, Decision, DecisionKind, Reading, Urgency
from nlu.snapshot import Snapshot, SnapshotFolder
from nlu.understanding import Understanding

logger = logging.getLogger(__name__)

FOLDER_VARIABLE = "FRONTLINE_SNAPSHOTS"


class Source:
    """Reads with whatever snapshot is published in a folder at this moment."""

    def __init__(self, root: Path | None) -> None:
        self._folder = SnapshotFolder(root) if root else None
        self._snapshot: Snapshot | None = None
        self._understanding: Understanding | None = None
        self._missing_told = False

    @property
    def version(self) -> str | None:
        """The version of the snapshot that reads now; None where there is none yet."""
        self._refresh()
        return self._snapshot.version if self._snapshot else None

    def read(self, text: str, context: Context) -> Reading:
        """Read one message. Without a snapshot the reading hands over to a person, because nothing is sure."""
        self._refresh()
        if self._understanding is None:
            return unread(context)
        return self._understanding.read(text, context)

    def _refresh(self) -> None:
        snapshot = self._folder.current() if self._folder else None
        if snapshot is None:
            self._tell_missing()
        elif snapshot is not self._snapshot:
            self._understanding = Understanding(snapshot)
            self._snapshot = snapshot
            self._missing_told = False
            logger.info("Snapshot %s reads from now on.", snapshot.version)

    def _tell_missing(self) -> None:
        # Once, not once a message: a flood of lines would hide it.
        if not self._missing_told and self._snapshot is None:
            self._missing_told = True
            logger.warning("No snapshot in %s yet: every message goes to a person.", FOLDER_VARIABLE)


@lru_cache(maxsize=1)
def shared_source() -> Source:
    """The one source of this process, from the folder that FRONTLINE_SNAPSHOTS names."""
    root = os.environ.get(FOLDER_VARIABLE)
    return Source(Path(root) if root else None)


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

"""Dying with the parent: an orphaned Rasa would keep its port and its memory."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY_SECONDS = 1.0


def die_with(parent: int) -> None:
    """End this process when the process `parent` ends; 0 stands for nobody.

    SIGKILL, because there is nothing to save: a turn is whole in the tracker store or not there at all.
    Where the kernel does not offer it (macOS), a thread looks once a second.
    """
    if not parent:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    # The parent may have died before the kernel was asked.
    if os.getppid() != parent:
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        threading.Event().wait(_LOOK_EVERY_SECONDS)
    os._exit(1)

"""Work for several processes, or for none beside this one: starting them takes seconds."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

_LOOK_EVERY = 0.5  # seconds


class _Here(Executor):
    """Does everything at once, in the process that asks."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call the function now; what it raises is raised here."""
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@contextmanager
def workers(count: int) -> Iterator[Executor]:
    """Runs functions in `count` processes, which begin anew: copies of this one could wait for locks that its threads hold."""
    if count < 2:
        yield _Here()
        return
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, spawned, initializer=_end_with, initargs=(os.getpid(),)) as pool:
        yield pool


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, even if that was killed."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_EVERY)
        os._exit(1)

    threading.Thread(target=look, name="end-with-parent", daemon=True).start()

"""The store: one place that runs units of work against the database.

A *unit* is a plain function of a connection that changes nothing else, for it may be run again. What it needs to be sure of, it makes sure of in the
same transaction; so whoever does not know whether a unit was committed may ask again.
"""

from __future__ import annotations

import asyncio
import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import Connection

from bot.errors import StorageAway, StorageFull
from bot.storage.engines import is_shared, make_engine, told_plainly
from bot.storage.writers import GroupCommit, T, Transactions, Unit, Writer

READERS = 4  # threads that ask a shared database
_INSIST_EVERY = 0.5  # seconds


class Store:
    """Runs units of work. `write` commits before it returns; `read` sees what is committed.

    `url` is SQLAlchemy's address of an SQLite file or a PostgreSQL database. `reserve_bytes` of the disk under an SQLite file are kept free: below that,
    `write(…, intake=True)` raises `StorageFull`. Either raises `StorageAway` where the database cannot be reached.
    """

    def __init__(self, url: str, *, reserve_bytes: int = 64 * 1024 * 1024, patience: float = 5.0) -> None:
        self.engine = make_engine(url, patience=patience)
        self.shared = is_shared(url)
        self._folder = Path(self.engine.url.database or ".").parent
        self._reserve = 0 if self.shared else reserve_bytes
        self._writer: Writer = Transactions(self.engine) if self.shared else GroupCommit(self.engine)
        self._asking = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read") if self.shared else None
        self._reader: Connection | None = None

    async def write(self, unit: Unit[T], *, intake: bool = False) -> T:
        """Run `unit` and return its value once it is durable. What it raises is raised here, and nothing of it is kept."""
        if intake and self.is_full():
            raise StorageFull(
                "the disk reserve is reached: free some space, then the channels deliver again by themselves"
            )
        return await asyncio.wrap_future(self.submit(unit))

    async def insist(self, unit: Unit[T]) -> T:
        """`write`, as often as it takes until the database is there: for what has happened already and must be written down."""
        while True:
            try:
                return await self.write(unit)
            except (StorageAway, StorageFull):
                await asyncio.sleep(_INSIST_EVERY)

    def is_full(self) -> bool:
        """Whether the disk reserve is reached, so that intake is refused."""
        return self._reserve > 0 and shutil.disk_usage(self._folder).free < self._reserve

    def submit(self, unit: Unit[T]) -> Future[T]:
        """Like `write`, for callers outside the event loop: the future is done when the unit is durable."""
        return self._writer.submit(unit)

    async def read(self, query: Unit[T]) -> T:
        """Run a reading unit, which sees what is committed.

        SQLite answers a small query sooner than a thread is woken, so it is asked at once; long ones belong into
        `asyncio.to_thread(store.read_now, …)`.
        """
        if self._readers is not None:
            return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, query)
        if self._reader is None:
            self._reader = self.engine.connect()  # kept: taking one from the pool takes as long as a small query
        try:
            return query(self._reader)
        except Exception as error:
            raise told_plainly(error) from error

    def read_now(self, query: Unit[T]) -> T:
        """Run a reading unit in the caller's thread."""
        try:
            with self._asking.connect() as connection:
                return query(connection)
        except Exception as error:
            raise told_plainly(error) from error

    def close(self) -> None:
        """Finish what waits, then close. Safe to call twice."""
        self._writer.close()
        if self._readers is not None:
            self._readers.shutdown()
        if self._reader is not None:
            self._reader.close()
        self.engine.dispose()

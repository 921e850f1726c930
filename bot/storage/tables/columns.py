"""What every table is made of: the one metadata, and the columns that recur."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Column, DateTime, Dialect, ForeignKey, Integer, MetaData, String
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A point in time: takes and gives aware UTC datetimes on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times, which would silently mean something else elsewhere."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone was about to be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back that SQLite forgot."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Clipped(TypeDecorator[str]):
    """Text that only describes, cut to its length. PostgreSQL refuses what is longer, SQLite takes any, and nothing is lost for a name."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._length = length

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Cut it."""
        return value if value is None else value[: self._length]


_KEY = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only a column called INTEGER


def own_id() -> Column[int]:
    """The table's own key, counted up by the database."""
    return Column("id", _KEY, primary_key=True, autoincrement=True)


def refers(
    name: str, target: str, *, nullable: bool = False, index: bool = False, unique: bool | None = None
) -> Column[int]:
    """The id of a row of the table called `target`."""
    return Column(name, _KEY, ForeignKey(f"{target}.id"), nullable=nullable, index=index, unique=unique)


def lane(name: str) -> tuple[Column[datetime], Column[datetime]]:
    """When the first thing waiting on this side of a conversation may be taken: NULL while nothing waits or one is under way.

    `…_set` is when that was written. Whoever finds himself before it knows that the clock was set back, and does not wait any longer.
    """
    return at(f"{name}_due", nullable=True), at(f"{name}_set", nullable=True)


def at(name: str, *, nullable: bool = False) -> Column[datetime]:
    """A point in time."""
    return Column(name, Instant, nullable=nullable)

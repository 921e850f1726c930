"""Units of work for staff members and their sessions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from bot.storage.log import write_log
from bot.storage.rows import now
from bot.storage.statements import insert_row
from bot.storage.tables import staff, staff_session

ROLES = ("agent", "editor", "admin")


@dataclass(frozen=True)
class Staff:
    """Somebody who works here. `role` is one of `ROLES`; an admin may do everything."""

    id: int
    login: str
    name: str
    role: str
    language: str
    password_hash: str


def add_staff(
    connection: Connection, *, login: str, name: str, role: str, password_hash: str, language: str = "de"
) -> int:
    """Add a staff member and return the id; IntegrityError where the login is taken."""
    values = {"login": login, "name": name, "role": role, "password_hash": password_hash, "language": language}
    staff_id = insert_row(connection, staff, **values, created_at=now())
    write_log(connection, "operator", "staff.add", f"staff:{staff_id}", {"role": role})
    return staff_id


def count_staff(connection: Connection) -> int:
    """How many staff members there are."""
    return connection.execute(select(func.count()).select_from(staff)).scalar_one()


def _staff(connection: Connection, *where: Any) -> Staff | None:
    row = connection.execute(select(staff).where(staff.c.active, *where)).first()
    return None if row is None else _staff_from(row)


def _staff_from(row: Row[Any]) -> Staff:
    return Staff(row.id, row.login, row.name, row.role, row.language, row.password_hash)


def by_login(connection: Connection, login: str) -> Staff | None:
    """The active staff member with this login."""
    return _staff(connection, staff.c.login == login)


def by_id(connection: Connection, staff_id: int) -> Staff | None:
    """The active staff member with this id."""
    return _staff(connection, staff.c.id == staff_id)


def set_password(connection: Connection, staff_id: int, password_hash: str) -> None:
    """Change a password; every session of that person ends with it."""
    connection.execute(update(staff).where(staff.c.id == staff_id).values(password_hash=password_hash))
    connection.execute(delete(staff_session).where(staff_session.c.staff_id == staff_id))
    write_log(connection, "operator", "staff.password", f"staff:{staff_id}")


def set_language(connection: Connection, staff_id: int, language: str) -> None:
    """The language this person's pages are in."""
    connection.execute(update(staff).where(staff.c.id == staff_id).values(language=language))


def load_session(connection: Connection, token_hash: str) -> dict[str, Any] | None:
    """The data of a session that has not expired and whose person is still active."""
    row = connection.execute(
        select(staff_session.c.data, staff_session.c.staff_id).where(
            staff_session.c.token_hash == token_hash, staff_session.c.expires_at > now()
        )
    ).first()
    if row is None or (row.staff_id is not None and by_id(connection, row.staff_id) is None):
        return None
    return dict(row.data)


def signed_in(connection: Connection, token_hashes: Collection[str]) -> dict[str, Staff]:
    """Whose sessions these are, of those that have not expired and whose person is still active: one look at many."""
    rows = connection.execute(
        select(staff_session.c.token_hash, staff)
        .join_from(staff_session, staff, staff.c.id == staff_session.c.staff_id)
        .where(staff_session.c.token_hash.in_(token_hashes), staff_session.c.expires_at > now(), staff.c.active)
    )
    return {row.token_hash: _staff_from(row) for row in rows}


def save_session(
    connection: Connection, token_hash: str, data: dict[str, Any], staff_id: int | None, expires_at: datetime
) -> None:
    """Write a session; expired ones of everybody are swept on the way."""
    connection.execute(delete(staff_session).where(staff_session.c.expires_at <= now()))
    connection.execute(delete(staff_session).where(staff_session.c.token_hash == token_hash))
    connection.execute(
        insert(staff_session).values(token_hash=token_hash, data=data, staff_id=staff_id, expires_at=expires_at)
    )


def end_session(connection: Connection, token_hash: str) -> None:
    """Sign out."""
    connection.execute(delete(staff_session).where(staff_session.c.token_hash == token_hash))

"""Signing in: sessions in SQL, argon2id. Whoever is not signed in has no session, and nothing is stored of them."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from aiohttp_session import AbstractStorage, Session, SessionData, get_session, new_session, session_middleware
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.storage import staff as people
from bot.storage.rows import now
from bot.storage.staff import Staff
from bot.storage.store import Store
from bot.web.doors import DOORS
from bot.web.forgery import guard_against_forgery, new_session_token

SESSION_LENGTH = timedelta(hours=12)
_HASHER = PasswordHasher()  # argon2id with the library's current defaults (RFC 9106)


@cache
def _nobodys_hash() -> str:
    """What the password of an unknown login is compared with, so that it takes as long as a wrong one."""
    return _HASHER.hash(secrets.token_urlsafe())


def hash_password(password: str) -> str:
    """The argon2id hash to be stored."""
    return _HASHER.hash(password)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()  # a cookie may hold bytes that are no text


class SqlSessions(AbstractStorage):
    """aiohttp-session's storage in our own database: the cookie holds a random token, the table only its hash."""

    def __init__(self, store: Store, *, secure: bool) -> None:
        super().__init__(
            cookie_name="frontline_staff",
            max_age=int(SESSION_LENGTH.total_seconds()),
            secure=secure,
            httponly=True,
            samesite="Lax",
        )
        self._store = store

    async def load_session(self, request: web.Request) -> Session:
        """The session of the request's cookie, or a new, empty one."""
        token = self.load_cookie(request)
        if token:
            data = await self._store.read(lambda connection: people.load_session(connection, _hashed(token)))
            if data is not None:
                return Session(
                    token, data=SessionData(session=data, created=int(time.time())), new=False, max_age=self.max_age
                )
        return Session(None, data=None, new=True, max_age=self.max_age)

    async def save_session(self, request: web.Request, response: web.StreamResponse, session: Session) -> None:
        """Write the session; a new one (sign-in makes one) gets a new token, and the old token is dead."""
        before = self.load_cookie(request)
        if session.empty:
            if before:
                await self._store.write(lambda connection: people.end_session(connection, _hashed(before)))
            self.save_cookie(response, "")
            return
        token = session.identity or secrets.token_urlsafe(32)
        if before and before != token:
            await self._store.write(lambda connection: people.end_session(connection, _hashed(before)))
        data: dict[str, Any] = dict(session)
        expires = now() + SESSION_LENGTH
        await self._store.write(
            lambda connection: people.save_session(connection, _hashed(token), data, data.get("staff_id"), expires)
        )
        self.save_cookie(response, token, max_age=session.max_age)


async def sign_in(request: web.Request, login: str, password: str) -> Staff | None:
    """Begin a session of its own for this person; None if login or password is wrong, which one is not told."""
    doors = request.app[DOORS]
    found = await doors.store.read(lambda connection: people.by_login(connection, login))
    nobodys = await asyncio.to_thread(_nobodys_hash)  # made at the first sign-in, whoever it is
    correct = await asyncio.to_thread(_verify, found.password_hash if found else nobodys, password)
    if found is None or not correct:
        return None
    session = await new_session(request)
    session["staff_id"] = found.id
    session["csrf"] = new_session_token()
    return found


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


async def sign_out(request: web.Request) -> None:
    """End the session."""
    (await get_session(request)).invalidate()


async def staff_of(request: web.Request) -> Staff | None:
    """Who is signed in, if anybody."""
    staff_id = (await get_session(request)).get("staff_id")
    if staff_id is None:
        return None
    return await request.app[DOORS].store.read(lambda connection: people.by_id(connection, staff_id))


async def session_of(request: web.Request) -> str:
    """What the session is stored under (`storage.staff.signed_in`); only for whoever is signed in."""
    return _hashed(str((await get_session(request)).identity))


async def require_staff(request: web.Request) -> Staff:
    """Who is signed in; else 401 for `/desk/api`, and the sign-in page for pages (which leads back)."""
    found = await staff_of(request)
    if found is not None:
        return found
    if "/api/" in request.path:
        raise web.HTTPUnauthorized(text='{"error": "sign in first"}', content_type="application/json")
    raise web.HTTPSeeOther(f"/sign-in?{urlencode({'next': request.path_qs})}")


def middlewares(store: Store, *, secure: bool) -> list[Any]:
    """What app.py installs, in order."""
    return [session_middleware(SqlSessions(store, secure=secure)), guard_against_forgery]

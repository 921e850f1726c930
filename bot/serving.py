"""What the commands do: prepare everything that is missing, then serve until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from rich.console import Console
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot.assembly import front_line
from bot.checking import faults_of_rasas_encoder
from bot.errors import Fault, SettingsError
from bot.home import locked, only_one
from bot.knowledge.files import read_answers
from bot.knowledge.publishing import import_answers
from bot.logs import configure_logs
from bot.settings import ROOT, Settings
from bot.snapshots import Publisher, learned_content, open_store
from bot.storage import answers
from bot.storage import staff as people
from bot.storage.locks import hold
from bot.storage.opening import once_there
from bot.storage.store import Store
from bot.web.auth import hash_password
from nlu.snapshot import Snapshot

FIRST_LOGIN = "admin"
_ANOTHER_HOME = "end the other one, or give this one a home of its own (FRONTLINE_HOME)"


def prepare(settings: Settings, out: Console) -> None:
    """Bring everything up to date that serving needs: schema, sample content, snapshot, Rasa model."""
    if faults := faults_of_rasas_encoder(settings):
        raise SettingsError(faults)
    store = open_store(settings)
    try:
        if not store.read_now(answers.published):
            _import(store, settings.content / "answers", out)
        _step(out, "Matcher", lambda: _fit(settings, store))
    finally:
        store.close()
    if settings.rasa.run_here:
        _train_rasa(settings, out)


def _prepare_once(settings: Settings, out: Console) -> None:
    """Processes that share a home prepare it one after the other: the second finds everything done."""
    with locked(settings.home / "prepare.lock", wait=True):
        prepare(settings, out)


def _step(out: Console, name: str, work) -> None:  # type: ignore[no-untyped-def]
    began = time.monotonic()
    with out.status(f"{name} …"):
        said = work()
    out.print(f"{name}: {said} ({time.monotonic() - began:.1f} s)")


def _fit(settings: Settings, store: Store) -> str:
    publisher = Publisher(settings, store)
    before = publisher.folder.current()
    snapshot, fresh = publisher.fit(len(os.sched_getaffinity(0)))
    people = learned_content(store, {entry.id for entry in snapshot.content.answers})
    said = f"snapshot {snapshot.version}, {len(people.urgency) + len(people.outcomes)} messages judged by people"
    return f"fitted and published, {said}; {_quality(snapshot, before)}" if fresh else f"current, {said}"


def _quality(snapshot: Snapshot, before: Snapshot | None) -> str:
    """How the snapshot does on questions it has not learned from, beside the one before."""
    promise = snapshot.settings.promised_precision
    now = snapshot.trials.quality(promise)
    was = before.trials.quality(promise) if before is not None else None
    right = f"right at first in {now.right:.0%}" + (f" (before {was.right:.0%})" if was else "")
    answered = f"sure enough in {now.answered:.0%}" + (f" (before {was.answered:.0%})" if was else "")
    return f"of the trials {right}, {answered}"


def _patch(settings: Settings, store: Store) -> str:
    publisher = Publisher(settings, store)
    live = publisher.patch(publisher.content())
    return f"snapshot {publisher.folder.version()}" if live else "not before the matcher is fitted"


def _import(store: Store, folder: Path, out: Console) -> None:
    items = read_answers(folder)
    done = store.submit(lambda connection: import_answers(connection, items)).result()
    out.print(f"Answers: {len(done.published)} published, {done.unchanged} unchanged, {len(done.archived)} archived")


def import_folder(settings: Settings, folder: Path, out: Console) -> None:
    """Publish a folder's answers: patched into what reads at once, then fitted."""
    store = open_store(settings)
    try:
        _import(store, folder, out)
        _step(out, "Live", lambda: _patch(settings, store))
        _step(out, "Matcher", lambda: _fit(settings, store))
    finally:
        store.close()


def _train_rasa(settings: Settings, out: Console) -> None:
    python = settings.rasa.python.absolute()
    if not python.exists():
        hint = "run `make install`, or set rasa.python to the interpreter of Rasa's environment"
        raise SettingsError([Fault("rasa.python", f"{python} does not exist", hint)])
    model = (settings.rasa.model or settings.home / "rasa" / "model.tar.gz").absolute()
    command = [str(python), "-m", "actions.train", "--out", str(model), "--if-changed"]
    with out.status("Rasa model … (about half a minute when it has to be trained)"):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        tail = (done.stderr or done.stdout)[-600:]
        raise SettingsError(
            [Fault("rasa.train", f"the model could not be trained: {tail}", "mend data/rasa or config.yml")]
        )
    out.print(f"Rasa: {done.stdout.strip().splitlines()[-1]}")


def add_person(settings: Settings, login: str, name: str, role: str) -> str:
    """Add a staff member; returns the password that was made up."""
    if role not in people.ROLES:
        raise SettingsError([Fault("staff.role", f"there is no role {role!r}", f"choose {', '.join(people.ROLES)}")])
    store = open_store(settings)
    try:
        return _add_person(store, login, name, role)
    except IntegrityError:
        raise SettingsError([Fault("staff.login", f"{login!r} is taken", "choose another login")]) from None
    finally:
        store.close()


def _add_person(store: Store, login: str, name: str, role: str) -> str:
    fresh = secrets.token_urlsafe(9)
    hashed = hash_password(fresh)
    store.submit(
        lambda connection: people.add_staff(connection, login=login, name=name, role=role, password_hash=hashed)
    ).result()
    return fresh


def renew_password(settings: Settings, login: str) -> str:
    """Give a staff member a new password and return it."""
    store = open_store(settings)
    try:
        found = store.read_now(lambda connection: people.by_login(connection, login))
        if found is None:
            raise SettingsError([Fault("staff.login", f"nobody signs in as {login!r}", "frontline staff add")])
        fresh = secrets.token_urlsafe(9)
        hashed = hash_password(fresh)
        store.submit(lambda connection: people.set_password(connection, found.id, hashed)).result()
        return fresh
    finally:
        store.close()


async def serve_forever(settings: Settings, out: Console) -> None:
    """Prepare, serve, and stop in order at SIGINT or SIGTERM."""
    configure_logs(settings.log_level, settings.secrets())
    sys.setswitchinterval(
        0.0005
    )  # the writer's thread and the event loop take turns in small steps: latency over throughput
    embedded = settings.sql_url.startswith("sqlite:")
    with only_one(settings.home, _ANOTHER_HOME) if embedded else contextlib.nullcontext():
        await once_there(partial(asyncio.to_thread, _prepare_once, settings, out))
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        async with front_line(settings) as running:
            if settings.role == "worker":
                _say_that_it_works(settings, out)
            else:
                fresh = await once_there(partial(asyncio.to_thread, _first_person, running.store))
                _say_where(settings, fresh, out)
            await stop.wait()
            out.print("Stopping …")
    out.print("Stopped.")


def _say_that_it_works(settings: Settings, out: Console) -> None:
    out.print(f"\n[bold]{settings.company.name}[/bold]: a worker is up; {settings.url('')}/healthz tells how it is")
    out.print("Ctrl-C ends it.\n")


def _say_where(settings: Settings, fresh: str | None, out: Console) -> None:
    base = settings.url("")
    out.print(f"\n[bold]{settings.company.name}[/bold] is served at [bold]{base}[/bold]")
    out.print(f"  web chat        {base}/")
    out.print(f"  public answers  {base}/answers")
    out.print(f"  desk            {base}/desk")
    if fresh is not None:
        out.print(f"  sign in as [bold]{FIRST_LOGIN}[/bold] with the password [bold]{fresh}[/bold] (shown this once)")
    else:
        out.print("  sign in as before; `frontline staff password LOGIN` gives a new password")
    out.print("Ctrl-C ends it.\n")


def _first_person(store: Store) -> str | None:
    """Add an admin where there is nobody; returns the password. Of several processes that start at once one does."""
    if store.read_now(people.count_staff):
        return None
    fresh = secrets.token_urlsafe(9)
    hashed = hash_password(fresh)

    def unit(connection: Connection) -> bool:
        hold(connection, "staff")
        if people.count_staff(connection):
            return False
        people.add_staff(connection, login=FIRST_LOGIN, name="Admin", role="admin", password_hash=hashed)
        return True

    return fresh if store.submit(unit).result() else None

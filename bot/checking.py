"""`frontline check`: everything that can be found wrong without serving a customer."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from datetime import UTC, datetime

import redis.asyncio as redis
from redis.exceptions import RedisError

from bot.brain.rasa import RasaMember, TokenRefused
from bot.channels.asking import ask
from bot.channels.base import Channel
from bot.conversation.wording import faults_in_wording
from bot.delivery.child import harmless
from bot.delivery.watch import FIRST_READING
from bot.doorways import build_doorways
from bot.errors import BrainUnavailable, Fault, SettingsError
from bot.handoff.hours import next_opening
from bot.knowledge.files import read_answers, read_small_talk
from bot.knowledge.labelled import read_outcomes, read_urgency
from bot.knowledge.shared import shared_phrasings
from bot.rates import LocalRates
from bot.settings import ROOT, Settings
from bot.snapshots import open_encoder, snapshots
from bot.storage.live import LocalLive
from bot.storage.opening import faults_of_database

PAGES = {"x_direct": "x"}  # channels that share a page of the documentation
RESERVE = 1024**3  # bytes that should be free: the disk fills faster than it is looked at


async def find_faults(settings: Settings) -> list[Fault]:
    """Every fault there is, each with an id and a hint; empty where nothing is wrong."""
    return [
        *_content(settings),
        *_house(settings),
        *faults_of_database(settings.sql_url),
        *_encoder(settings),
        *_company(settings),
        *await _redis(settings),
        *await _rasa(settings),
        *await _channels(settings),
    ]


def find_notes(settings: Settings) -> list[Fault]:
    """What is not wrong, but worth knowing."""
    return [*_unproven(settings), *_ambiguous(settings)]


def _ambiguous(settings: Settings) -> list[Fault]:
    try:
        shared = shared_phrasings(read_answers(settings.content / "answers"))
    except SettingsError:  # told among the faults
        return []
    hint = "leave it under the answer it is about; asked in these words the bot can only ask back"
    return [
        Fault("content.ambiguous", f"“{one.text}” is a phrasing of {' and of '.join(one.answer_ids)}", hint)
        for one in shared
    ]


def _unproven(settings: Settings) -> list[Fault]:
    snapshot = snapshots(settings).current()
    promise = settings.understanding.promised_precision
    missing = snapshot.trials.missing(promise) if snapshot is not None else 0
    if not missing:
        return []
    wrong = f"nothing shows yet that {promise:.0%} of the answers would be right, so only known phrasings are answered"
    hint = (
        f"put about {missing} more questions of customers, with the right answers, into {settings.content / 'outcomes'}"
    )
    return [Fault("understanding.unproven", wrong, hint)]


def _content(settings: Settings) -> list[Fault]:
    faults: list[Fault] = []
    for read in (
        lambda: read_answers(settings.content / "answers"),
        lambda: read_small_talk(settings.content / "rasa" / "nlu.yml"),
        lambda: read_urgency(settings.content / "urgency"),
        lambda: read_outcomes(settings.content / "outcomes"),
        faults_in_wording,
    ):
        try:
            read()
        except SettingsError as error:
            faults.extend(error.faults)
    return faults


def _house(settings: Settings) -> list[Fault]:
    faults = []
    if settings.rasa.run_here and not settings.rasa.python.exists():
        hint = "run `make install`, or set rasa.python"
        faults.append(Fault("rasa.python", f"{settings.rasa.python} does not exist", hint))
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(settings.home).free < RESERVE:
            faults.append(Fault("home.disk", f"less than 1 GB is free under {settings.home}", "free some space"))
    except OSError as error:
        hint = "make the folder writable, or set home or database_url"
        faults.append(Fault("home.unusable", f"{settings.home}: {type(error).__name__}", hint))
    published = snapshots(settings)
    if published.current() is None:
        wrong = (
            f"the snapshot is not read: {published.refused}" if published.refused else "nothing has been published yet"
        )
        faults.append(Fault("content.unpublished", wrong, "run `frontline train`"))
    return faults


def _encoder(settings: Settings) -> list[Fault]:
    try:
        open_encoder(settings.understanding.encoder)
    except SettingsError as error:
        return error.faults
    return faults_of_rasas_encoder(settings)


def faults_of_rasas_encoder(settings: Settings) -> list[Fault]:
    """What keeps Rasa's process from using the encoder that is set: it reads in an environment of its own."""
    folder, python = settings.understanding.encoder, settings.rasa.python.absolute()
    if folder is None or not settings.rasa.run_here or not python.exists():
        return []
    command = [str(python), "-m", "nlu.encoder", str(folder.absolute())]
    tried = subprocess.run(command, cwd=ROOT, env=harmless(os.environ), capture_output=True, text=True, check=False)  # noqa: S603
    if tried.returncode == 0:
        return []
    wrong, hint = (tried.stderr.splitlines() or ["the encoder cannot be tried", "run `make install-encoder`"])[-2:]
    return [Fault("rasa.encoder", f"in Rasa's environment {wrong}", hint)]


def _company(settings: Settings) -> list[Fault]:
    faults = []
    if next_opening(settings.hours, datetime.now(UTC)) is None:
        faults.append(Fault("hours.never", "the service never opens within two months", "set hours.week"))
    if settings.web.host not in ("127.0.0.1", "localhost", "::1") and settings.web.public_url is None:
        hint = "set web.public_url to the https address customers use"
        faults.append(Fault("web.public_url", "the pages listen to the world under no public address", hint))
    return faults


async def _redis(settings: Settings) -> list[Fault]:
    if settings.redis_url is None:
        return []
    try:
        async with redis.Redis.from_url(settings.redis_url.get_secret_value(), socket_connect_timeout=2) as server:
            await server.ping()
    except (RedisError, OSError, ValueError) as error:
        hint = "start the server, or mend redis_url (redis://host:6379/0)"
        return [Fault("redis.unreachable", f"Redis does not answer: {type(error).__name__}", hint)]
    return []


async def _rasa(settings: Settings) -> list[Fault]:
    """What keeps us from processes that others run; those that run here are started with `serve`."""
    rasa = settings.rasa
    if not rasa.enabled or not rasa.urls or rasa.token is None:
        return []
    member = RasaMember(rasa.token.get_secret_value())
    found = [await _fault_of(member, url) for url in rasa.urls]
    await member.close()
    return [fault for fault in found if fault is not None]


async def _fault_of(member: RasaMember, url: str) -> Fault | None:
    try:
        await member.probe(url, within=FIRST_READING)
    except TokenRefused as error:
        return Fault("rasa.refused", f"{url}: {error}", "give it and us the same rasa.token")
    except BrainUnavailable as error:
        return Fault("rasa.unreachable", f"{url}: {error}", "start it with `frontline rasa`, or mend rasa.urls")
    return None


async def _channels(settings: Settings) -> list[Fault]:
    """What the vendors of all channels that are set up have against us."""
    doorways = build_doorways(settings, LocalLive(), LocalRates())
    found = await asyncio.gather(*(_of_channel(channel) for channel in doorways.channels))
    return list(
        dict.fromkeys(fault for faults in found for fault in faults)
    )  # channels that share keys share their faults


async def _of_channel(channel: Channel) -> list[Fault]:
    if faults := channel.faults():
        return faults
    _, refused = await ask(channel)
    return [_refused(channel, refused)] if refused else []


def _refused(channel: Channel, reason: str) -> Fault:
    hint = f"docs/channels/{PAGES.get(channel.name, channel.name)}.md tells where its keys are; see also that it can be reached from here"
    return Fault(f"{channel.name}.refused", f"{channel.account}: {reason}", hint)

"""What a front line is made of, each part built from the settings."""

from __future__ import annotations

import secrets

from bot.brain.pool import RasaPool
from bot.brain.rasa import RasaMember
from bot.conversation.wording import Wording
from bot.delivery.child import Child
from bot.delivery.supervisor import Supervisor
from bot.delivery.watch import Watch
from bot.jobs import Job
from bot.personal import Personal
from bot.rates import LocalRates, Rates
from bot.settings import Settings
from bot.storage.live import Live, LocalLive, RedisLive
from bot.storage.rates import RedisRates
from bot.storage.store import Store


def wording_of(settings: Settings) -> Wording:
    """The company's words."""
    company = settings.company
    facts = {
        "company": company.name,
        "bot_name": company.bot_name,
        "phone": company.phone,
        "block_phone": company.block_phone,
        "emergency": company.emergency_phone,
        "helpline_de": company.helpline_de,
        "helpline_en": company.helpline_en,
        "privacy_url": company.privacy_url,
    }
    return Wording(company.address, facts)


def personal_of(settings: Settings) -> Personal:
    """What personal data looks like here; the company's own numbers are none."""
    company = settings.company
    numbers = (company.phone, company.block_phone, company.emergency_phone, company.helpline_de, company.helpline_en)
    return Personal(company.customer_number, numbers)


def build_live(settings: Settings, store: Store) -> Live:
    """What carries hints: through Redis where it is set."""
    alone = not store.shared
    if settings.redis_url is None:
        return LocalLive(alone=alone)
    return RedisLive(settings.redis_url.get_secret_value(), alone=alone)


def build_rates(settings: Settings) -> Rates:
    """What counts how often something happens: for all processes together where Redis is set."""
    return RedisRates(settings.redis_url.get_secret_value()) if settings.redis_url else LocalRates()


def build_rasa(settings: Settings) -> tuple[RasaPool, list[Job]]:
    """The Rasa processes as one brain, and the jobs that keep an eye on each: those that others run, or those that run here."""
    rasa, token = settings.rasa, secrets.token_urlsafe(32)
    jobs: list[Job]
    if rasa.enabled and rasa.urls and rasa.token is not None:
        members = {url: RasaMember(rasa.token.get_secret_value()) for url in rasa.urls}
        jobs = [Watch(member, url).run for url, member in members.items()]
    else:
        members = {str(place): RasaMember(token) for place in range(1, rasa.run_here + 1)}
        child = Child.of(settings, token)
        ports = (rasa.port + place if rasa.port else 0 for place in range(rasa.run_here))
        jobs = [
            Supervisor(child, member, name=name, port=port, log=settings.home / f"rasa-{name}.log").run
            for (name, member), port in zip(members.items(), ports, strict=True)
        ]
    return RasaPool(members, timeout=rasa.timeout), jobs

"""When people are there."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.settings import Hours
from bot.settings.company import Weekday

_DAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HORIZON = 60  # days looked ahead; a service that opens later than that says nothing of opening


def is_open(hours: Hours, at: datetime) -> bool:
    """Whether agents are at work at `at` (aware)."""
    local = at.astimezone(ZoneInfo(hours.timezone))
    opening = hours.week.get(_DAYS[local.weekday()])
    return (
        opening is not None
        and local.date() not in hours.closed_on
        and opening.opens <= local.time().replace(tzinfo=None) < opening.closes
    )


def next_opening(hours: Hours, at: datetime) -> datetime | None:
    """When agents are there next, seen from `at`: `at` itself while open, None if not within two months."""
    if is_open(hours, at):
        return at
    zone = ZoneInfo(hours.timezone)
    local = at.astimezone(zone)
    for ahead in range(_HORIZON):
        day = local.date() + timedelta(days=ahead)
        opening = hours.week.get(_DAYS[day.weekday()])
        if opening is None or day in hours.closed_on:
            continue
        opens = datetime.combine(day, opening.opens, zone)
        if opens > local:
            return opens
    return None

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.handoff.hours import is_open, next_opening
from bot.settings import Hours

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = Hours.model_validate(
    {"week": {day: {"opens": "09:00", "closes": "17:30"} for day in ("mon", "tue", "wed", "thu", "fri")}}
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00:00", True),
        ("2026-11-23T17:29:59", True),
        ("2026-11-23T17:30:00", False),
        ("2026-11-22T12:00:00", False),  # a Sunday
    ],
)
def test_open_from_the_first_second_to_before_the_last(when: str, expected: bool) -> None:
    assert is_open(WEEKDAYS, at(when)) is expected


def test_the_time_zone_is_the_companys() -> None:
    assert is_open(WEEKDAYS, datetime(2026, 11, 23, 8, 30, tzinfo=ZoneInfo("UTC")))


def test_after_work_on_friday_comes_monday() -> None:
    assert next_opening(WEEKDAYS, at("2026-11-20T18:00:00")) == at("2026-11-23T09:00:00")


def test_before_work_comes_the_same_day() -> None:
    assert next_opening(WEEKDAYS, at("2026-11-23T03:00:00")) == at("2026-11-23T09:00:00")


def test_a_holiday_is_left_out() -> None:
    closed = WEEKDAYS.model_copy(update={"closed_on": (at("2026-11-23T00:00:00").date(),)})
    assert next_opening(closed, at("2026-11-22T12:00:00")) == at("2026-11-24T09:00:00")


def test_the_opening_hour_is_the_clock_on_the_wall_over_a_change_of_the_clocks() -> None:
    opening = next_opening(WEEKDAYS, at("2026-03-28T12:00:00"))  # the clocks change in the night to the 29th
    assert opening == at("2026-03-30T09:00:00")


def test_a_service_that_never_opens_says_so() -> None:
    assert next_opening(Hours(week={}), at("2026-11-23T09:00:00")) is None

"""What X's calls mean, beyond the sample payloads of the contract suite."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.channels.x.activity import parse_activity
from bot.channels.x.media import source_of
from bot.channels.x.wording import spoken
from bot.domain.message import EventKind, InboundEvent

SAMPLES = Path(__file__).parents[2] / "contract" / "payloads" / "x"
ME = "4711000000000000001"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def read(name: str, app_id: str = "13090192") -> InboundEvent:
    [found] = parse_activity(sample(name), ME, app_id)
    return found


def test_a_post_that_both_of_xs_services_deliver_is_one_event() -> None:
    new = sample("activity_mention")
    old = sample("mention")
    old["tweet_create_events"][0]["id_str"] = new["data"]["payload"]["id"]
    [by_account_activity], [by_x_activity] = parse_activity(old, ME), parse_activity(new, ME)
    assert by_account_activity.event_id == by_x_activity.event_id


@pytest.mark.parametrize(
    "name",
    ["of_another_without_us", "reply_to_another_carrying_us_along", "repost_of_us", "from_a_blocked_account", "liked"],
)
def test_of_words_that_were_not_said_to_us_nothing_is_kept(name: str) -> None:
    kept = json.dumps(read(name).raw, ensure_ascii=False)
    for secret in ("käsebrot", "Bei mir", "Netz", "pöbelt", "Ben Okafor", "benok"):
        assert secret not in kept


def test_of_an_encrypted_chat_no_ciphertext_is_kept() -> None:
    assert "CwAB" not in json.dumps(read("activity_encrypted").raw)


def test_what_we_wrote_ourselves_is_known_by_the_apps_number_only() -> None:
    assert read("direct_by_us").kind is EventKind.IGNORED
    assert read("direct_by_us", app_id="").kind is EventKind.TAKEN_OVER


def test_a_watermark_has_its_moment() -> None:
    event = read("direct_read")
    assert event.sent_at == datetime(2026, 9, 24, 10, 40, 4, tzinfo=UTC)
    assert event.message_id == ""


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("mention", datetime(2026, 9, 24, 10, 40, 1, tzinfo=UTC)),
        ("numbers_as_ids", datetime(2026, 9, 24, 10, 40, 1, tzinfo=UTC)),
        ("activity_mention", datetime(2026, 7, 24, 21, 23, 23, tzinfo=UTC)),
        ("direct_message", datetime(2026, 9, 24, 10, 40, 2, tzinfo=UTC)),
    ],
)
def test_however_x_writes_a_time_it_is_read(name: str, moment: datetime) -> None:
    assert read(name).sent_at == moment


@pytest.mark.parametrize("whose", ["../../etc", "1; drop", "４７１１", "-5", "9" * 40, True, 1.5, None])
def test_ids_are_digits_or_nothing(whose: Any) -> None:
    payload = sample("direct_message")
    payload["direct_message_events"][0]["message_create"]["sender_id"] = whose
    [event] = parse_activity(payload, ME)
    assert (event.kind, event.reason, event.key.chat) == (EventKind.IGNORED, "malformed", "")


def test_only_names_that_lead_the_words_are_cut() -> None:
    words = spoken(
        ".@Fernblick @zoe_m @fernblick_fan hallo @fernblick", links={}, hidden=(), names={"fernblick", "zoe_m"}
    )
    assert words == "@fernblick_fan hallo @fernblick"


def test_a_body_that_came_twice_has_the_same_ids_in_any_order() -> None:
    both = sample("several_at_once")
    turned = {**both, "tweet_create_events": both["tweet_create_events"][::-1]}
    assert {event.event_id for event in parse_activity(both, ME)} == {
        event.event_id for event in parse_activity(turned, ME)
    }


def encodings(seconds: int | None, *rates: int) -> Any:
    """A video of so many seconds, in an encoding for each rate (bits a second)."""
    told = {} if seconds is None else {"duration_millis": seconds * 1000}
    variants = [{"bitrate": rate, "content_type": "video/mp4", "url": f"https://v/{rate}"} for rate in rates]
    return {"type": "video", "video_info": {"variants": variants, **told}}


@pytest.mark.parametrize(
    ("video", "source"),
    [
        (encodings(10, 800, 16_000_000, 2400), "https://v/16000000"),  # fits into 20 MB
        (encodings(11, 800, 16_000_000, 2400), "https://v/2400"),
        (encodings(9000, 640_000, 320_000), "https://v/320000"),  # too large either way
        (encodings(None, 800, 16_000_000), "https://v/16000000"),  # nobody knows
        (encodings(10), ""),
        ({"type": "video", "variants": [{"content_type": "application/x-mpegURL", "url": "https://v/list"}]}, ""),
        ({"type": "video", "at": "https://p/preview.jpg"}, ""),
        ({"type": "photo", "at": "https://p/" + "x" * 4086}, "https://p/" + "x" * 4086),
        ({"type": "photo", "at": "https://p/" + "x" * 4087}, ""),
        ({"type": "of a later kind", "at": "https://p/x"}, ""),
    ],
)
def test_what_is_fetched_is_a_whole_photo_or_the_finest_video_that_is_not_too_large(video: Any, source: str) -> None:
    assert source_of(video, "at") == source

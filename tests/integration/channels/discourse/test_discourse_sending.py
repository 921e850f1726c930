"""What is posted arrives as meant, and what fails is told truly."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.discourse import DiscourseChannel
from bot.errors import DeliveryError, SettingsError
from tests.fakes.discourse import KEY, FakeDiscourse, Lost
from tests.fakes.discourse_world import ZOE, Refusal
from tests.integration.channels.discourse.bench import saying, settings_for
from tests.reliability.small_house import Unlimited

FAULTS = [
    (Refusal(429, {"extras": {"wait_seconds": 12}}), (False, True, 12.0)),
    (Refusal(429, {}, {"Retry-After": "7"}), (False, True, 7.0)),
    (Refusal(403, {"errors": ["not permitted"], "error_type": "invalid_access"}), (True, True, None)),
    (Refusal(404, {"errors": ["not found"]}), (True, True, None)),
    (Refusal(503, {"errors": ["read only"], "error_type": "read_only"}), (False, True, 60.0)),
    (Refusal(500, {}), (False, False, None)),
    (Refusal(302, {}, {"Location": "https://elsewhere.example"}), (True, True, None)),
    (Lost(), (False, False, None)),
]


@pytest.mark.parametrize(("fault", "means"), FAULTS)
async def test_a_failure_is_told_for_what_it_means(forum: FakeDiscourse, fault: Any, means: Any) -> None:
    topic = forum.opens(ZOE, "Titel", "Text")
    channel = DiscourseChannel(settings_for(forum))
    forum.fail_next(fault)
    with pytest.raises(DeliveryError) as failed:
        await channel.send(saying(topic, "Hallo"))
    assert (failed.value.permanent, failed.value.certain, failed.value.retry_after) == means
    assert KEY not in str(failed.value)
    await channel.close()


async def test_what_is_wrong_with_a_post_is_told_in_the_forums_words(forum: FakeDiscourse) -> None:
    topic = forum.opens(ZOE, "Titel", "Text")
    channel = DiscourseChannel(settings_for(forum), rates=Unlimited())
    await channel.send(saying(topic, "Hallo"))
    for closed, words in ((False, "too similar"), (True, "closed or deleted")):
        topic.closed = closed
        with pytest.raises(DeliveryError, match=words) as refused:
            await channel.send(saying(topic, "Hallo"))
        assert refused.value.permanent
        assert refused.value.certain
    await channel.close()


async def test_the_rates_are_kept_and_what_has_to_wait_goes_back_to_the_outbox(forum: FakeDiscourse) -> None:
    topic = forum.opens(ZOE, "Titel", "Text")
    channel = DiscourseChannel(settings_for(forum))
    assert (await channel.send(saying(topic, "Hallo"))).message_id == "2"
    with pytest.raises(DeliveryError) as waits:
        await channel.send(saying(topic, "Und noch etwas"))
    assert 0 < (waits.value.retry_after or 0) <= 5
    assert len(forum.calls) == 1
    await channel.close()


async def test_a_post_that_waits_for_approval_counts_as_sent(
    forum: FakeDiscourse, caplog: pytest.LogCaptureFixture
) -> None:
    topic = forum.opens(ZOE, "Titel", "Text")
    forum.approval = True
    channel = DiscourseChannel(settings_for(forum))
    assert (await channel.send(saying(topic, "Hallo"))).message_id == ""
    assert "approval" in caplog.text
    await channel.close()


async def test_nobody_listens_where_nothing_is(forum: FakeDiscourse) -> None:
    channel = DiscourseChannel(settings_for(forum, url="http://127.0.0.1:9"))
    with pytest.raises(DeliveryError, match="cannot be reached") as away:
        await channel.check()
    assert away.value.certain
    await channel.close()


async def test_check_says_who_we_are(forum: FakeDiscourse) -> None:
    channel = DiscourseChannel(settings_for(forum))
    assert await channel.check() == f"@fernblick_bot on {channel.account} answers in hilfe and private messages"
    await channel.close()
    channel = DiscourseChannel(settings_for(forum, api_key="wrong"))
    with pytest.raises(DeliveryError, match="key is invalid"):
        await channel.check()
    await channel.close()


async def test_settings_that_cannot_work_are_told_at_the_start(forum: FakeDiscourse) -> None:
    with pytest.raises(SettingsError, match=r"discourse.username.*discourse.webhook_secret"):
        await DiscourseChannel(settings_for(forum, username="", webhook_secret="")).start()

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.conversation.waiting import Waiting
from bot.conversation.wording import Wording
from bot.domain.handoff import Handoff, HandoffReason
from bot.domain.reading import Urgency
from bot.domain.reply import Reply
from bot.settings import Hours

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=BERLIN)
SUNDAY_NOON = datetime(2026, 11, 22, 12, tzinfo=BERLIN)
WAITING = Waiting(Wording("sie", {"block_phone": "030 1", "emergency": "112", "helpline_de": "0800"}), Hours())


def told(
    reason: HandoffReason, urgency: Urgency, *, at: datetime = MONDAY_NOON, waiting: int = 0, kind: str = ""
) -> Reply:
    handoff = Handoff(reason, urgency, {"urgency": {"reason": kind}})
    return WAITING.notice(handoff, "de", waiting=waiting, at=at, contact_known=False, turn=0)


def test_the_queue_is_told_as_it_is() -> None:
    assert "als Nächstes" in told(HandoffReason.ASKED, Urgency.NORMAL).text
    assert "eine Person" in told(HandoffReason.ASKED, Urgency.NORMAL, waiting=1).text
    assert "7 Personen" in told(HandoffReason.ASKED, Urgency.NORMAL, waiting=7).text


def test_out_of_hours_says_when_and_offers_to_leave_a_contact() -> None:
    reply = told(HandoffReason.UNSURE, Urgency.NORMAL, at=SUNDAY_NOON)
    assert "morgen um 8:00 Uhr" in reply.text
    assert [button.name for button in reply.buttons] == ["leave_contact"]


def test_danger_names_the_emergency_number_and_promises_nobody_who_is_not_there() -> None:
    reply = told(HandoffReason.URGENT, Urgency.EMERGENCY, at=SUNDAY_NOON, kind="danger")
    assert "112" in reply.text
    assert "nicht auf uns warten" in reply.text
    assert reply.buttons == ()


def test_self_harm_is_answered_with_the_help_line() -> None:
    assert "0800" in told(HandoffReason.URGENT, Urgency.EMERGENCY, kind="self_harm").text


def test_a_stolen_card_is_blocked_first() -> None:
    assert "030 1" in told(HandoffReason.URGENT, Urgency.HIGH, kind="sim_stolen").text

"""What WhatsApp tells, beyond the documented samples under `tests/contract/payloads/whatsapp`: who somebody is, and what is not kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from bot.channels.base import Request
from bot.channels.fields import Json
from bot.channels.graph.delivery import Delivery
from bot.channels.whatsapp.changes import translate
from bot.channels.whatsapp.failures import MEANINGS
from bot.channels.whatsapp.people import is_known_form, names_of
from bot.doorways import build_doorways
from bot.rates import LocalRates
from bot.settings import Meta, MetaWhatsApp, Settings
from bot.storage.live import LocalLive

PAYLOADS = Path(__file__).parents[2] / "contract" / "payloads" / "whatsapp"
PHONE, USER_ID, PARENT = "491701234567", "DE.1349120865530274", "DE.ENT.11815799212886844830"


def told(field: str, **value: Any) -> list[Any]:
    return translate(
        Delivery("whatsapp_business_account", "1", "changes", {"field": field, "value": value}, {"id": "2"})
    )


def said(*contacts: Json, **sender: str) -> Any:
    message = {"id": "wamid.1", "type": "text", "text": {"body": "Hallo"}, **sender}
    (event,) = told("messages", contacts=list(contacts), messages=[message])
    return event


@pytest.mark.parametrize(
    ("media_id", "source"),
    [("1003383421387256", "1003383421387256"), (1003, "1003"), ("1" * 129, ""), (None, ""), ({}, "")],
)
def test_a_file_is_fetched_by_its_whole_media_id(media_id: Any, source: str) -> None:
    message = {"id": "wamid.1", "from": PHONE, "type": "image", "image": {"id": media_id}}
    (event,) = told("messages", messages=[message])
    assert [file.source for file in event.attachments] == [source]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ((PHONE,), (PHONE,)),
        ((USER_ID,), (USER_ID,)),
        ((PHONE, USER_ID), (USER_ID, PHONE)),
        ((USER_ID, PARENT, PHONE), (USER_ID, PHONE)),
        ((PARENT, PHONE), (PARENT, PHONE)),
        (("", "Zoë", "+49 170", "de.1", "DE.", "DE.ENT.", "1" * 21), ()),
    ],
)
def test_the_lasting_id_comes_before_the_passing_one(given: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert names_of(*given) == names


@given(st.text())
def test_only_an_id_can_stand_in_a_request(name: str) -> None:
    if is_known_form(name):
        assert name.isascii()
        assert name.replace(".", "").isalnum()


def test_of_several_contacts_the_senders_own_is_taken() -> None:
    jan = {"profile": {"name": "Jan"}, "wa_id": "4917088", "user_id": "DE.44"}
    zoe = {"profile": {"name": "Zoë"}, "wa_id": PHONE, "user_id": USER_ID}
    for sender in ({"from": PHONE}, {"from_user_id": USER_ID}):
        event = said(jan, zoe, **sender)
        assert (event.customer_name, event.names) == ("Zoë", (USER_ID, PHONE))
    assert said(jan, **{"from": PHONE}).names == (PHONE,)  # somebody else's ids are never mixed in


def test_a_message_and_its_status_are_the_same_however_they_are_batched() -> None:
    first, second = ({"id": f"wamid.{n}", "from": PHONE, "type": "text", "text": {"body": str(n)}} for n in (1, 2))
    together = told("messages", messages=[first, second])
    assert together == [*told("messages", messages=[first]), *told("messages", messages=[second])]


@pytest.mark.parametrize(
    "sample",
    [
        "app_state_sync",
        "history",
        "number_not_set_up",
        "group",
        "user_preferences",
        "call",
        "another_senders_conversation",
    ],
)
def test_what_is_not_for_us_is_kept_without_what_it_says(sample: str) -> None:
    payload = json.loads((PAYLOADS / f"{sample}.json").read_text(encoding="utf-8"))
    (event,) = _door().parse(_request(payload))
    kept = json.dumps(event.raw, ensure_ascii=False)
    assert not any(
        secret in kept for secret in ("Pablo", "längst vorbei", "für andere", "für uns", "unter uns", PHONE, "Zoë")
    )


def test_every_failure_is_told_in_our_words() -> None:
    for code, meaning in MEANINGS.items():
        (event,) = told(
            "messages",
            statuses=[
                {
                    "id": "wamid.1",
                    "status": "failed",
                    "recipient_id": PHONE,
                    "errors": [{"code": code, "title": "Hallo"}],
                }
            ],
        )
        assert event.reason == f"{meaning.reason} (code {code})"
        assert "Hallo" not in event.reason


@pytest.mark.parametrize(("sample", "reply_id"), [("status_delivered", 17), ("status_read", None)])
def test_a_status_tells_which_reply_it_is_about_if_we_marked_it(sample: str, reply_id: int | None) -> None:
    payload = json.loads((PAYLOADS / f"{sample}.json").read_text(encoding="utf-8"))
    (event,) = _door().parse(_request(payload))
    assert event.reply_id == reply_id


def test_numbers_want_an_app_and_are_listed_once() -> None:
    number = MetaWhatsApp(number_id="1", account_id="2", token=SecretStr("t"))
    secrets = {"app_secret": SecretStr("s"), "verify_token": SecretStr("v")}
    with pytest.raises(ValidationError, match="app_secret and verify_token"):
        Meta(whatsapp=(number,))
    with pytest.raises(ValidationError, match="listed twice"):
        Meta(whatsapp=(number, number), **secrets)
    assert _door(number).path == "meta"


def _door(*numbers: MetaWhatsApp) -> Any:
    mine = numbers or (MetaWhatsApp(number_id="106540352242922", account_id="102290129340398", token=SecretStr("t")),)
    meta = Meta(app_secret=SecretStr("s"), verify_token=SecretStr("v"), whatsapp=mine)
    (door,) = build_doorways(Settings(meta=meta), LocalLive(alone=True), LocalRates()).webhooks
    return door


def _request(payload: Any) -> Request:
    return Request("POST", {}, {}, json.dumps(payload).encode())

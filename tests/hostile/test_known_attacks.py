"""What has hurt others in this trade, each with the test that shows it does not hurt here. What had no test of its own has it below."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp.test_utils import TestClient

from bot.channels.base import Request
from bot.channels.cleaning import MAX_TEXT
from tests.hostile.conftest import telegram_door
from tests.integration.conftest import Person, anna, make_client, open_case, outsider, server, sign_in

__all__ = ["anna", "make_client", "open_case", "outsider", "server", "sign_in"]

TESTS = Path(__file__).parents[1]
ATTACKS = {
    # Chatwoot
    "sessions outlive a changed password (CVE-2021-3740)": "integration/test_sign_in.py::test_a_changed_password_ends_every_session",
    "SQL in a filter (CVE-2025-21628)": "hostile/test_fuzz_doors.py::test_what_is_searched_for",
    "a delivery that comes twice": "contract/test_channels.py::test_delivered_twice_and_shuffled_in_one_batch_each_takes_effect_once",
    "the bot talks over a person": "integration/test_conversation.py::test_the_bot_is_silent_while_a_person_has_the_word_and_speaks_again_after",
    # Rasa
    "a customer's text is a command to Rasa": "rasa/test_door.py::test_a_slash_of_the_customers_is_text",
    "a text of a megabyte keeps Rasa busy": "rasa/test_door.py::test_a_body_beyond_all_bounds_is_refused",
    # Rocket.Chat
    "a script in a markdown link (CVE-2017-1000054)": "unit/channels/test_markup.py::test_attacks_become_text",
    "a script in a published answer": "integration/test_answers.py::test_a_link_to_a_script_is_no_link",
    "an object where a word belongs (CVE-2022-35246)": "integration/desk/test_desk_reply.py::test_malformed_replies_are_refused_with_a_reason",
    "another customer's conversation (CVE-2026-48616)": "hostile/test_roles.py::test_everybody_gets_what_is_theirs",
    "the deactivated sign in (CVE-2026-30831)": "integration/test_sign_in.py::test_whoever_is_deactivated_is_out_and_cannot_return",
    # Zammad
    "a script in a customer's words (CVE-2018-1000154)": "integration/desk/test_desk_case.py::test_what_customers_write_stays_text",
    "a script in a customer's name": "hostile/test_known_attacks.py::test_a_name_is_no_script",
    "a frame that is no JSON ends the server (CVE-2020-10101)": "hostile/test_fuzz_sockets.py::test_the_chats_socket",
    "the WebSocket tells what HTTP does not (CVE-2022-40816)": "integration/desk/test_desk_live.py::test_hints_arrive_with_nothing_but_what_changed",
    "ids that can be guessed (CVE-2024-33668)": "hostile/test_known_attacks.py::test_nothing_a_visitor_holds_can_be_guessed",
    "headers of a single sign-on (CVE-2026-34720)": "hostile/test_known_attacks.py::test_no_header_signs_anybody_in",
    "the words of an exception": "hostile/test_fuzz_doors.py::test_any_request",
    # Everybody
    "a check for rights that is never awaited": "hostile/test_roles.py::test_every_route_has_its_line",
    "another site uses our cookie": "integration/test_sign_in_forged.py::test_a_forged_sign_in_is_refused",
    "another site listens with our cookie": "integration/desk/test_desk_live.py::test_other_sites_cannot_listen_with_our_cookie",
    "an open redirect": "integration/test_sign_in.py::test_nobody_is_sent_to_another_site",
    "markup of the customer's in Telegram": "unit/channels/test_telegram_render.py::test_whatever_a_text_contains_telegram_takes_it",
    "directions, towers of accents, a megabyte": "hostile/test_known_attacks.py::test_texts_are_cut_and_cleaned_at_every_door",
    "objects and bombs in YAML": "hostile/test_fuzz_files.py::test_a_bomb_in_a_file_is_refused",
    "slow headers, slow bodies": "hostile/test_slow_clients.py::test_slow_headers_and_slow_bodies_are_closed_while_others_are_served",
    "a packed body that unpacks without end": "hostile/test_limits.py::test_what_is_compressed_is_not_unpacked",
    "secrets in logs": "hostile/test_canary.py::test_no_log_and_no_command_line_holds_a_secret_or_a_customers_words",
}
CRUEL = "\u202egnp.exe " + "Z" + "\u0301" * 500 + " \x00\ud800 "
SCRIPT = '"><img src=x onerror=alert(1)><script>alert(1)</script>'


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_every_known_attack_has_its_test(attack: str) -> None:
    file, _, name = ATTACKS[attack].partition("::")
    assert re.search(rf"^(async )?def {name}\(", (TESTS / file).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-User", "Remote-User", "X-Remote-User", "X-Authenticated-User", "REMOTE_USER", "X-Auth-Login"],
)
async def test_no_header_signs_anybody_in(outsider: TestClient[Any, Any], header: str) -> None:
    async with outsider.get("/desk/api/queue", headers={header: "anna"}) as response:
        assert response.status == 401


async def test_nothing_a_visitor_holds_can_be_guessed(outsider: TestClient[Any, Any]) -> None:
    begun = []
    for _ in range(20):
        async with outsider.post("/chat/api/start", json={"language": "de"}) as response:
            begun.append(await response.json())
    assert len({one["token"] for one in begun}) == len({one["conversation"] for one in begun}) == 20
    assert all(len(one["token"]) >= 43 and len(one["conversation"]) == 32 for one in begun)  # 256 and 128 random bits
    headers = {"Authorization": f"Bearer {begun[0]['conversation']}"}
    async with outsider.get("/chat/api/transcript", headers=headers) as response:
        assert response.status == 401  # the public name of a conversation opens nothing


async def test_texts_are_cut_and_cleaned_at_every_door(outsider: TestClient[Any, Any]) -> None:
    async with outsider.post("/chat/api/start", json={"language": "de"}) as response:
        visitor = {"Authorization": f"Bearer {(await response.json())['token']}"}
    said = {"client_id": str(uuid4()), "text": CRUEL}
    async with outsider.post("/chat/api/messages", data=json.dumps(said).encode(), headers=visitor) as response:
        assert response.status == 202
    async with outsider.get("/chat/api/transcript", headers=visitor) as response:
        [item] = (await response.json())["items"]
    [event] = telegram_door().parse(Request("POST", {}, {}, json.dumps(_update(CRUEL + "x" * 2**20, CRUEL)).encode()))
    assert len(event.text) <= MAX_TEXT
    for text in (item["text"], event.text[:200], event.customer_name):
        assert text.startswith("gnp.exe")
        assert not re.search("[\u202a-\u202e\x00\ud800-\udfff]|\u0301{4}", text)


async def test_a_name_is_no_script(anna: Person, open_case: Any) -> None:
    case_id = await open_case(SCRIPT, evidence={"words": [SCRIPT], "contact": SCRIPT})
    for page in (
        "/desk/cases",
        f"/desk/cases/{case_id}",
        "/desk/uncertain",
        f"/answers?q={SCRIPT}",
        f"/sign-in?next={SCRIPT}",
    ):
        async with anna.client.get(page) as response:
            assert not re.search(r"<img src=x|<script>alert", await response.text()), page
            assert "unsafe" not in response.headers["Content-Security-Policy"]


def _update(text: str, name: str) -> dict[str, Any]:
    person = {"id": 7, "is_bot": False, "first_name": name}
    chat = {"id": 7, "type": "private"}
    return {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": chat, "from": person, "text": text}}

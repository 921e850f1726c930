"""A WhatsApp number of the fake Graph API, seen from its customers' phones.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.graph import FakeGraph
from tests.fakes.graph_nodes import Node
from tests.fakes.graph_rules import DAY, Json, Refusal, only, wrong

_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")


@dataclass
class Customer:
    """Somebody with WhatsApp. `tells`: which of their ids Meta tells with what they write. `failure`: the code with which nothing arrives."""

    phone: str
    user_id: str
    name: str = "Zoë Müller"
    tells: tuple[str, ...] = ("phone", "user_id")
    heard: datetime | None = None
    messages: list[Json] = field(default_factory=list)
    failure: int | None = None

    def ids(self, phone: str, user_id: str) -> Json:
        """The ids that Meta tells of this customer, under these names."""
        told = {"phone": (phone, self.phone), "user_id": (user_id, self.user_id)}
        return dict(told[one] for one in self.tells)


class Number:
    """Tests drive it (`says`, `presses`…) and read what customers see (`texts`). Without a word of theirs nothing can be sent to them."""

    def __init__(self, graph: FakeGraph, number: str, token: str, *, account: str = "102290129340398") -> None:
        self.graph = graph
        self.id = number
        self.token = token
        self.account = account
        self.customers: list[Customer] = []
        self.shown: list[tuple[str, bool]] = []  # what was marked as read, and whether "writing…" was shown
        self._number = 0
        fields: Json = {"display_phone_number": "+49 30 901820", "verified_name": "Fernblick"}
        graph.add_node(Node(number, token, fields, {"messages": self._take}))

    # --- customers ---------------------------------------------------------------------------------------

    def customer(self, phone: str = "491701234567", user_id: str = "DE.1349120865530274", **more: Any) -> Customer:
        """Somebody who may write to us."""
        self.customers.append(Customer(phone, user_id, **more))
        return self.customers[-1]

    def texts(self, customer: Customer) -> list[str]:
        """Our words to a customer, in order."""
        return [_words(message) for message in customer.messages]

    def faces(self, customer: Customer) -> list[str]:
        """What can be pressed below the last message."""
        return [choice["title"] for choice in _choices(customer.messages[-1])]

    def says(self, customer: Customer, text: str) -> str:
        """A customer writes; returns the message's id."""
        return self.happens(customer, "text", {"body": text})

    def presses(self, customer: Customer, face: str) -> str:
        """A customer presses what has this title below the last message; returns the message's id."""
        kind = customer.messages[-1]["interactive"]["type"]
        for choice in _choices(customer.messages[-1]):
            if choice["title"] == face:
                return self.happens(customer, "interactive", {"type": f"{kind}_reply", f"{kind}_reply": choice})
        raise AssertionError(f"nothing says {face!r}")

    def happens(self, customer: Customer, kind: str, content: Json) -> str:
        """Any message from a customer; returns its id."""
        customer.heard = self.graph.now
        message = {"id": self._next(), "timestamp": self._now(), "type": kind, kind: content}
        self.tell("messages", customer, messages=[customer.ids("from", "from_user_id") | message])
        return str(message["id"])

    def answers_itself(self, customer: Customer, text: str) -> str:
        """A person answers in the WhatsApp Business app; returns the message's id."""
        message: Json = {"from": "4930901820", "id": self._next(), "timestamp": self._now(), "type": "text"}
        message |= customer.ids("to", "to_user_id") | {"text": {"body": text}}
        self.tell("smb_message_echoes", customer, message_echoes=[message])
        return str(message["id"])

    def becomes(
        self, customer: Customer, status: str, message: str = "", *, contacts: bool = True, **more: Any
    ) -> None:
        """Something becomes of a message of ours, the last one if none is named."""
        told: Json = {"id": message or customer.messages[-1]["id"], "status": status, "timestamp": self._now()}
        about = next(one for one in customer.messages if one["id"] == told["id"])
        told |= customer.ids("recipient_id", "recipient_user_id") | _handed_back(about) | more
        self.tell("messages", customer if contacts else None, statuses=[told])

    def tell(self, kind: str, customer: Customer | None, **what: Any) -> None:
        """An update about a customer."""
        value: Json = {"messaging_product": "whatsapp"}
        value |= {"metadata": {"display_phone_number": "4930901820", "phone_number_id": self.id}}
        if customer:
            value |= {"contacts": [{"profile": {"name": customer.name}} | customer.ids("wa_id", "user_id")]}
        self.graph.notify(
            "whatsapp_business_account", self.account, {"changes": [{"field": kind, "value": value | what}]}
        )

    # --- the Cloud API -----------------------------------------------------------------------------------

    async def _take(self, body: Json) -> Json:
        if body.get("messaging_product") != "whatsapp":
            raise wrong("The parameter messaging_product is required.")
        if "status" in body:
            return self._show(body)
        customer, named = self._recipient(body)
        check_content(body)
        if customer.failure == 131026 and "to" in body:  # told at once by some numbers, later by most
            raise Refusal(400, 131026, "Message undeliverable")
        sent = {"id": self._next()} | body
        late = customer.heard is None or self.graph.now - customer.heard > DAY
        failure = 131047 if late else customer.failure
        if failure:
            self._fail(customer, sent, failure)
        else:
            customer.messages.append(sent)
            self.becomes(customer, "sent", sent["id"])
        return {"messaging_product": "whatsapp", "contacts": [named], "messages": [{"id": sent["id"]}]}

    def _show(self, body: Json) -> Json:
        only(body, {"messaging_product", "status", "message_id", "typing_indicator"}, "body")
        if body["status"] != "read" or not str(body.get("message_id", "")).startswith("wamid.IN"):
            raise wrong("only a message of a customer's can be marked as read")
        if body.get("typing_indicator", {"type": "text"}) != {"type": "text"}:
            raise wrong("Param typing_indicator must be of type text")
        self.shown.append((body["message_id"], "typing_indicator" in body))
        return {"success": True}

    def _recipient(self, body: Json) -> tuple[Customer, Json]:
        if ("to" in body) == ("recipient" in body):
            raise wrong("either to or recipient is needed")
        if body.get("recipient_type", "individual") != "individual":
            raise wrong("Param recipient_type must be individual")
        given = body.get("to") or body["recipient"]
        by_id = "recipient" in body
        if not (_USER_ID.fullmatch(given) if by_id else re.fullmatch(r"\d{4,20}", given)):
            raise wrong(f"{given} is not what it is said to be")
        found = [one for one in self.customers if given == (one.user_id if by_id else one.phone)]
        if not found:
            raise Refusal(400, 131026, "Message undeliverable")
        return found[0], {"input": given, "user_id" if by_id else "wa_id": given}

    def _fail(self, customer: Customer, sent: Json, code: int) -> None:
        """As Meta tells of it: without contacts, and only by the phone number where that was written to."""
        by = {"recipient_id": sent["to"]} if "to" in sent else {"recipient_user_id": sent["recipient"]}
        told = {"id": sent["id"], "status": "failed", "timestamp": self._now(), **by} | _handed_back(sent)
        self.tell("messages", None, statuses=[told | {"errors": [{"code": code, "title": _words(sent)}]}])

    def _next(self) -> str:
        self._number += 1
        return f"wamid.IN{self._number:08}=="

    def _now(self) -> str:
        return str(int(self.graph.now.timestamp()))


def check_content(body: Json) -> None:
    """Raise Refusal for a body that is no message which the Cloud API takes."""
    kind = body.get("type")
    if kind not in ("text", "interactive"):
        raise wrong("Param type must be one of the known ones")
    only(
        body,
        {"messaging_product", "recipient_type", "to", "recipient", "type", "context", "biz_opaque_callback_data", kind},
        "body",
    )
    _check_words(body.get("biz_opaque_callback_data", "-"), 512, "biz_opaque_callback_data")
    if kind == "text":
        only(body["text"], {"body", "preview_url"}, "text")
        _check_words(body["text"].get("body", ""), 4096, "text[body]")
        return
    interactive = body["interactive"]
    only(interactive, {"type", "body", "action"}, "interactive")
    only(interactive["body"], {"text"}, "interactive[body]")
    _check_words(interactive["body"]["text"], 1024, "interactive[body][text]")
    {"button": _check_buttons, "list": _check_list}[interactive["type"]](interactive["action"])


def _check_buttons(action: Json) -> None:
    only(action, {"buttons"}, "action")
    buttons = action["buttons"]
    if not 1 <= len(buttons) <= 3:
        raise wrong("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3")
    for button in buttons:
        only(button, {"type", "reply"}, "button")
        only(button["reply"], {"id", "title"}, "reply")
        if button["type"] != "reply":
            raise wrong("a button is of type reply")
        _check_words(button["reply"]["title"], 20, "title")
        _check_words(button["reply"]["id"], 256, "id")
    _check_distinct([button["reply"] for button in buttons])


def _check_list(action: Json) -> None:
    only(action, {"button", "sections"}, "action")
    _check_words(action["button"], 20, "button")
    rows = [row for section in action["sections"] for row in section["rows"]]
    if len(action["sections"]) != 1 or not 1 <= len(rows) <= 10:
        raise wrong("Total row count exceed max allowed count: 10")
    for row in rows:
        only(row, {"id", "title", "description"}, "row")
        _check_words(row["id"], 200, "id")
        _check_words(row["title"], 24, "title")
        _check_words(row.get("description", "-"), 72, "description")
    _check_distinct(rows)


def _check_distinct(choices: list[Json]) -> None:
    for name in ("id", "title"):
        if len({choice[name] for choice in choices}) < len(choices):
            raise wrong(f"Duplicated {name} is not allowed")


def _check_words(text: str, most: int, where: str) -> None:
    if not text.strip() or len(text.encode("utf-16-le")) // 2 > most:
        raise wrong(f"Param {where} must have 1 to {most} characters")


def _handed_back(message: Json) -> Json:
    return {name: message[name] for name in ("biz_opaque_callback_data",) if name in message}


def _words(message: Json) -> str:
    return str(message["text"]["body"] if message["type"] == "text" else message["interactive"]["body"]["text"])


def _choices(message: Json) -> list[Json]:
    action = message.get("interactive", {}).get("action", {})
    buttons = [button["reply"] for button in action.get("buttons", [])]
    return [*buttons, *(row for section in action.get("sections", []) for row in section["rows"])]

"""Says a reply as WhatsApp takes it. Pure.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.base import TextUnit
from bot.channels.faces import choices, encode, face_of
from bot.channels.fields import Json
from bot.channels.graph.messaging import MARK
from bot.channels.plain import plain
from bot.channels.splitting import split
from bot.channels.whatsapp.people import is_user_id
from bot.domain.message import Button
from bot.domain.reply import Outgoing

MAX_TEXT, MAX_BODY = 4096, 1024  # of a message, and of one with buttons below
UNIT = TextUnit.UTF16  # WhatsApp does not say what a character is; this counts an emoji as more than one
MAX_BUTTONS, MAX_TITLE = 3, 20
MAX_ROWS, MAX_ROW, MAX_DESCRIPTION, MAX_ID = 10, 24, 72, 200

_OPEN_LIST = {"de": "Auswählen", "en": "Choose"}


def addressed(content: Json, chat: str) -> Json:
    """The body of a request that sends this to a customer, named by user id or by phone number."""
    address = "recipient" if is_user_id(chat) else "to"
    return {"messaging_product": "whatsapp", "recipient_type": "individual", address: chat} | content


def _marked(outgoing: Outgoing) -> Json:
    """What WhatsApp hands back with all it tells of this message: which reply has arrived with it."""
    return {"biz_opaque_callback_data": f"{MARK}{outgoing.id}"}


def reply_in(mark: str) -> int | None:
    """The reply that such a mark is for; None for what others have marked."""
    number = mark.removeprefix(MARK)
    return int(number) if number != mark and number.isascii() and number.isdecimal() and len(number) <= 18 else None


def render(outgoing: Outgoing) -> list[Json]:
    """The messages of a reply in their order, none if it says nothing; the choices and the mark are with the last one.

    Up to three short ones are buttons, up to ten a list. What a list cannot show whole also stands in the text, by number.
    """
    buttons, language = outgoing.reply.buttons, outgoing.reply.language
    whole = _action(buttons, language, numbered=False)
    action = whole or _action(buttons, language, numbered=True)
    text = plain(outgoing, with_choices=whole is None)
    if action is None or not text:
        contents = [_text(part) for part in split(text, MAX_TEXT, UNIT)]
        return [*contents[:-1], *(content | _marked(outgoing) for content in contents[-1:])]
    *before, last = _parts(text)
    kind = "list" if "sections" in action else "button"
    choices_below = {"type": kind, "body": {"text": last}, "action": action}
    return [*map(_text, before), {"type": "interactive", "interactive": choices_below} | _marked(outgoing)]


def _parts(text: str) -> list[str]:
    """The text in parts, the last of which has room for choices below it."""
    *before, last = split(text, MAX_TEXT, UNIT)
    end = split(last, MAX_BODY, UNIT)[-1]
    beginning = last.removesuffix(end).rstrip()
    return [*before, *([beginning] if beginning else []), end]


def _text(text: str) -> Json:
    return {"type": "text", "text": {"body": text, "preview_url": False}}


def _action(buttons: Sequence[Button], language: str, *, numbered: bool) -> Json | None:
    """The choices: buttons if these are few and short, else a list; None where neither can show all of them, each whole unless `numbered`."""
    faces = [_face(button) for button in buttons]
    if not numbered and len(buttons) <= MAX_BUTTONS and all(UNIT.measure(face) <= MAX_TITLE for face in faces):
        shown = [{"id": encode(button), "title": face} for button, face in zip(buttons, faces, strict=True)]
        return {"buttons": [{"type": "reply", "reply": reply} for reply in shown]} if _are_apart(shown) else None
    if not numbered and any(UNIT.measure(face) > MAX_DESCRIPTION for face in faces):
        return None
    rows = _rows(buttons, numbered=numbered)
    opened_by = _OPEN_LIST.get(language, _OPEN_LIST["de"])
    return {"button": opened_by, "sections": [{"rows": rows}]} if len(rows) <= MAX_ROWS and _are_apart(rows) else None


def _are_apart(shown: Sequence[Json]) -> bool:
    """Whether there are choices, no two of them alike; WhatsApp takes no others."""
    ids, titles = {one["id"] for one in shown}, {one["title"] for one in shown}
    return len(ids) == len(titles) == len(shown) > 0 and all(len(one) <= MAX_ID for one in ids)


def _rows(buttons: Sequence[Button], *, numbered: bool) -> list[Json]:
    """A row each: its title, and below it the whole label where the title is cut."""
    numbers = {button: f"{number}. " for number, button in enumerate(choices(buttons), 1)} if numbered else {}
    rows = []
    for button in buttons:
        face = _face(button)
        row = {"id": encode(button), "title": _cut(numbers.get(button, "") + face, MAX_ROW)}
        more = {"description": _cut(face, MAX_DESCRIPTION)} if UNIT.measure(face) > MAX_ROW else {}
        rows.append(row | more)
    return rows


def _face(button: Button) -> str:
    return face_of(button, 10 * MAX_DESCRIPTION)


def _cut(face: str, most: int) -> str:
    if UNIT.measure(face) <= most:
        return face
    cut = face[: most - 1]
    while UNIT.measure(cut) > most - 1:
        cut = cut[:-1]
    return cut.rstrip() + "…"

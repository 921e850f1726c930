"""Cases without a script: to read them, to set right what the bot got wrong, to settle replies. Everything else is done at the desk."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.channels.cleaning import clean
from bot.domain.reading import URGENT_REASONS, Urgency
from bot.errors import RequestRejected
from bot.handoff.desk import CaseView
from bot.storage.cases import CaseRow
from bot.storage.staff import Staff
from bot.web.bodies import read_form
from bot.web.desk.access import require_agent
from bot.web.desk.bodies import AnswerBody, id_of, urgency_of
from bot.web.desk.correcting import found_for, published
from bot.web.desk.plain import agent_at, plain_item, plain_time, render_plain
from bot.web.desk.settling import settling_context
from bot.web.desk.showing import presenter_for, view_of
from bot.web.desk.texts import texts
from bot.web.doors import DOORS

_MEANINGS = {Urgency.EMERGENCY: "urgent", Urgency.HIGH: "attention"}


def setup_routes(app: web.Application) -> None:
    """Add the pages and what their forms do to the application."""
    app.router.add_get("/desk/cases", show_list)
    app.router.add_get("/desk/cases/{id}", show_case)
    app.router.add_post("/desk/cases/{id}/urgency", correct_urgency)
    app.router.add_post("/desk/cases/{id}/right-answer", name_right_answer)


async def show_list(request: web.Request) -> web.StreamResponse:
    """Open cases in the order they are to be served."""
    staff = await agent_at(request)
    open_cases, _ = await request.app[DOORS].desk.queue()
    return render_plain(
        request, staff, "plain_cases.html", {"cases": [_row(request, staff, one) for one in open_cases]}
    )


async def show_case(request: web.Request) -> web.StreamResponse:
    """One case; with `?q=` and `?message=`, answers that fit beside those the bot thought of."""
    staff = await agent_at(request)
    view = await view_of(request, id_of(request))
    searched, query = request.query.get("message", ""), clean(request.query.get("q", ""))
    items = _items(request, staff, view)
    for item in items:
        if str(item["id"]) == searched and item["choices"] is not None:
            item["choices"] = found_for(request, staff, query) or item["choices"]
    context = {
        "case": {**_row(request, staff, view.case), "about": presenter_for(request, staff).about(view)},
        "urgencies": _urgencies(view.case, texts(staff.language)),
        "items": items,
        "searched": int(searched) if searched.isdecimal() and len(searched) < 19 else None,
        "query": query,
        **await settling_context(request, staff),
    }
    return render_plain(request, staff, "plain_case.html", context)


async def correct_urgency(request: web.Request) -> web.StreamResponse:
    """Set how urgent the case is, as the form says."""
    staff, case_id = await require_agent(request), id_of(request)
    level, _, reason = (await read_form(request)).get("urgency", "").partition(".")
    wanted = urgency_of({"level": level, "reason": reason})
    await view_of(request, case_id)
    await request.app[DOORS].desk.correct_urgency(case_id, staff.id, wanted.level, wanted.reason)
    raise web.HTTPSeeOther(f"/desk/cases/{case_id}")


async def name_right_answer(request: web.Request) -> web.StreamResponse:
    """Say which answer a message should have got, as the form says."""
    staff, case_id = await require_agent(request), id_of(request)
    form = await read_form(request)
    message, answer = form.get("message", ""), form.get("answer", "")
    if not (message.isascii() and message.isdecimal() and len(message) < 19):
        raise RequestRejected("message must be the id of a message")
    body = published(request.app[DOORS], AnswerBody(int(message), answer or None))
    await view_of(request, case_id)
    await request.app[DOORS].desk.name_right_answer(case_id, staff.id, body.message_id, body.answer_id)
    raise web.HTTPSeeOther(f"/desk/cases/{case_id}")


def _row(request: web.Request, staff: Staff, row: CaseRow) -> dict[str, Any]:
    t = texts(staff.language)
    return {
        "id": row.id,
        "urgency": t[f"urgency.{row.urgency.word}"],
        "meaning": _MEANINGS.get(row.urgency),
        "opening": row.opening or t["queue.no_words"],
        **plain_time(request, staff, row.opened_at),
    }


def _items(request: web.Request, staff: Staff, view: CaseView) -> list[dict[str, Any]]:
    """The conversation, with the answers to choose the right one from under each question."""
    told = presenter_for(request, staff).view(view)["items"]
    return [
        {
            **plain_item(request, staff, item),
            "choices": one["choices"],
            "right": one["right_answer"],
        }
        for item, one in zip(view.items, told, strict=True)
    ]


def _urgencies(row: CaseRow, t: dict[str, str]) -> list[dict[str, Any]]:
    """Every level, with each reason where it needs one."""
    present = ((row.evidence.get("urgency") or {}).get("reason")) or ""
    choices = []
    for level in Urgency:
        for reason in URGENT_REASONS.get(level, ("",)):
            urgency = t[f"urgency.{level.word}"]
            text = t["correct.choice"].format(urgency=urgency, matter=t[f"matter.{reason}"]) if reason else urgency
            chosen = level is row.urgency and reason == present
            choices.append({"value": f"{level.word}.{reason}".rstrip("."), "text": text, "present": chosen})
    if not any(choice["present"] for choice in choices):
        choices.insert(0, {"value": "", "text": t["correct.choose"], "present": True})
    return choices

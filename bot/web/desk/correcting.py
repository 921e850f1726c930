"""Agents set right what the bot got wrong: how urgent a case is, and which answer a question should have got."""

from __future__ import annotations

from aiohttp import web

from bot.channels.cleaning import clean
from bot.errors import RequestRejected
from bot.storage.staff import Staff
from bot.web.desk.access import require_agent
from bot.web.desk.bodies import AnswerBody, answer_body, id_of, urgency_body
from bot.web.desk.showing import shown, view_of
from bot.web.doors import DOORS, Doors

MAX_QUERY = 200  # characters
MAX_FOUND = 8


def setup_routes(app: web.Application) -> None:
    """Add corrections to the application."""
    app.router.add_post("/desk/api/cases/{id}/urgency", correct_urgency)
    app.router.add_post("/desk/api/cases/{id}/right-answer", name_right_answer)
    app.router.add_get("/desk/api/answers", find_answers)


async def correct_urgency(request: web.Request) -> web.Response:
    """Set how urgent the case is, whoever has it."""
    staff, case_id = await require_agent(request), id_of(request)
    await view_of(request, case_id)
    body = await urgency_body(request)
    await request.app[DOORS].desk.correct_urgency(case_id, staff.id, body.level, body.reason)
    return shown(request, staff, await view_of(request, case_id))


async def name_right_answer(request: web.Request) -> web.Response:
    """Say which answer a message should have got."""
    staff, case_id = await require_agent(request), id_of(request)
    await view_of(request, case_id)
    body = published(request.app[DOORS], await answer_body(request))
    await request.app[DOORS].desk.name_right_answer(case_id, staff.id, body.message_id, body.answer_id)
    return shown(request, staff, await view_of(request, case_id))


def published(doors: Doors, body: AnswerBody) -> AnswerBody:
    """The same body, provided that its answer is published."""
    if body.answer_id is not None and doors.library.get(body.answer_id) is None:
        raise RequestRejected("there is no such answer")
    return body


async def find_answers(request: web.Request) -> web.Response:
    """Published answers that fit `?q=`, best first."""
    staff = await require_agent(request)
    return web.json_response({"answers": found_for(request, staff, request.query.get("q", ""))})


def found_for(request: web.Request, staff: Staff, words: str) -> list[dict[str, str]]:
    """Published answers that fit these words, best first, as they are chosen from."""
    found = request.app[DOORS].library.search(clean(words, MAX_QUERY), staff.language)[:MAX_FOUND]
    return [{"answer_id": one.id, "title": one.text_in(staff.language).question} for one in found]

"""The door of the Rasa process: the input channel that the bot's Rasa brain speaks to."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, raw

from actions.requests import Malformed, TurnRequest, parse_read, parse_turn
from actions.trackers import TurnTrackers
from actions.turns import CHANNEL, Turns
from nlu.components.source import shared_source

logger = logging.getLogger(__name__)

Step = Callable[[Turns, TurnRequest], Awaitable[dict[str, Any]]]


class FrontlineInput(InputChannel):
    """Takes turns and readings under /webhooks/frontline; with a token, only from who knows it."""

    def __init__(self, trackers: TurnTrackers, token: str | None = None) -> None:
        """Ask for `Authorization: Bearer <token>` where a token is given. `trackers` is where Rasa looks for trackers."""
        self._trackers = trackers
        self._expected = f"Bearer {token}".encode() if token else None
        self._turns: Turns | None = None

    @classmethod
    def name(cls) -> str:
        """The last part of the channel's address."""
        return CHANNEL

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The channel's routes."""
        routes = Blueprint("frontline")

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            agent = request.app.ctx.agent
            return _json({"status": "ok", "model": agent.model_name, "snapshot": shared_source().version})

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            return await self._answer(request, parse_turn, Turns.run)

        @routes.post("/read")
        async def read(request: Request) -> HTTPResponse:
            return await self._answer(request, parse_read, Turns.read)

        return routes

    async def _answer(self, request: Request, parse: Callable[[bytes], TurnRequest], step: Step) -> HTTPResponse:
        given = request.headers.get("authorization", "").encode()
        if self._expected and not hmac.compare_digest(self._expected, given):
            return _json({"error": "the token is missing or wrong"}, 401)
        try:
            parsed = parse(request.body)
        except Malformed as malformed:
            return _json({"error": str(malformed)}, 400)
        try:
            return _json(await step(self._turns_on(request), parsed))
        except Exception as error:  # the door must answer, and say no word of the customer's
            logger.error("A message failed: %s", type(error).__name__)
            return _json({"error": "the turn failed"}, 500)

    def _turns_on(self, request: Request) -> Turns:
        if self._turns is None:
            self._turns = Turns(request.app.ctx.agent, self._trackers)
        return self._turns


def _json(data: dict[str, Any], status: int = 200) -> HTTPResponse:
    return raw(json.dumps(data).encode(), status, content_type="application/json")

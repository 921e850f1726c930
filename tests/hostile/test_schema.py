"""The doors are what docs/openapi.yml says, and schemathesis finds no request that is answered otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bot.web.app import build_app
from bot.web.doors import Doors
from tests.hostile.conftest import telegram_door
from tests.hostile.house import Headers, House
from tests.hostile.odd import SCALE, SEED
from tests.hostile.vendors import HOOK, SECRET
from tests.hostile.wire import HANGS_AFTER, Wire

PATHS = yaml.safe_load((Path(__file__).parents[2] / "docs/openapi.yml").read_text(encoding="utf-8"))
DOORS_OF_PROGRAMS = ("/chat/api/", "/desk/api/", "/answers", "/healthz", "/metrics", "/webhooks/")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 15  # of each operation

schema = schemathesis.openapi.from_dict(PATHS)


async def test_every_door_is_described_and_no_other(doors: Doors) -> None:
    routes = {
        (route.method.lower(), route.resource.canonical)
        for route in build_app(doors, [telegram_door()]).router.routes()
        if route.resource and route.resource.canonical.startswith(DOORS_OF_PROGRAMS) and route.method != "HEAD"
    }
    told = {
        (method, path)
        for path, item in PATHS["paths"].items()
        for method in item
        if method in ("get", "post", "options")
    }
    served = {
        (method if method != "*" else "post", path.replace(HOOK, "/webhooks/telegram/{account}"))
        for method, path in routes
    }
    assert told == served


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore")  # what its libraries deprecate is theirs
@schema.parametrize()
@seed(SEED)
@settings(
    max_examples=max(1, round(EXAMPLES * SCALE)), deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
def test_a_request_is_answered_as_described(case: Any, house: House, wire: Wire) -> None:
    response = case.call(
        base_url=f"http://127.0.0.1:{house.port}",
        headers=_shown(house, case.path),
        timeout=HANGS_AFTER,
        allow_redirects=False,
    )
    case.validate_response(response, checks=CHECKS)


def _shown(house: House, path: str) -> dict[str, str]:
    told: Headers = (
        house.staff["agent"] if path.startswith("/desk") else house.visitor if path.startswith("/chat") else []
    )
    if path.startswith("/webhooks"):
        told = [(b"X-Telegram-Bot-Api-Secret-Token", SECRET.encode())]
    return {name.decode(): value.decode() for name, value in told}

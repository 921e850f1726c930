"""What the fake Graph API knows: pages, Instagram accounts, numbers, comments, media."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from tests.fakes.graph_rules import Json, Refusal

Edge = Callable[[Json], Awaitable[Json]]
"""What a POST to an edge does with its body; raises Refusal."""


@dataclass
class Node:
    """Something with an id: `token` is who may speak for it, `fields` what a GET tells, `edges` what can be posted to, `lists` what edges tell.

    `tell`: what a GET with this query tells, where that is not the same at all times.
    """

    id: str
    token: str
    fields: Json = field(default_factory=dict)
    edges: dict[str, Edge] = field(default_factory=dict)
    lists: dict[str, list[Json]] = field(default_factory=dict)
    tell: Callable[[Mapping[str, str]], Json] | None = None


def chosen(known: Json, fields: str) -> Json:
    """The fields that are asked for, as in "id,name,account{id}"."""
    found: Json = {}
    for name, inner in re.findall(r"(\w+)(?:\{([\w,]*)\})?(?:,|$)", fields):
        if name not in known:
            raise Refusal(400, 100, f"Tried accessing nonexisting field ({name})", mistake=True)
        found[name] = chosen(known[name], inner) if inner else known[name]
    return found

"""Odd values, and how much of them: FRONTLINE_FUZZ multiplies the examples, FRONTLINE_SEED repeats a run."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

SCALE = float(os.environ.get("FRONTLINE_FUZZ", "1"))
SEED = int(os.environ.get("FRONTLINE_SEED", random.randrange(2**32)))
Test = TypeVar("Test", bound=Callable[..., Any])


def fuzz(examples: int, **given_by: SearchStrategy[Any]) -> Callable[[Test], Test]:
    """Run a test on so many examples. A failure prints the example, what reproduces it, and the seed of the run."""

    def wrap(test: Test) -> Test:
        chosen = settings(
            max_examples=max(1, round(examples * SCALE)),
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        )
        patient = pytest.mark.timeout(600 * max(1, SCALE))  # for all examples together, on a busy machine
        return patient(seed(SEED)(chosen(given(**given_by)(test))))

    return wrap


STRANGE = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "\u202egnp.exe",
    "Z" + "\u0301\u0489" * 200,
    "\ufeff",
    "\x1b[2J",
    "x" * 1500,
    "9" * 5000,
    "-1",
    "1e999",
    "NaN",
    "٣",
    "²",
    "null",
    "__proto__",
    "{{7*7}}",
    "{0.__class__}",
    "%s%n",
    "' OR 1=1 --",
    '" OR MATCH *',
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "=cmd|' /C calc'!A0",
    "/restart",
    "\r\nSet-Cookie: a=b",
    "👩‍👩‍👧‍👦" * 50,
)
TEXTS = st.one_of(st.sampled_from(STRANGE), st.text(max_size=30))
NUMBERS = st.one_of(
    st.sampled_from([0, -1, 2**31, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, 10**4200, 1e308, -0.0]),
    st.integers(),
    st.floats(),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
NO_JSON = st.one_of(
    st.sampled_from(
        [
            b"",
            b"{",
            b"[" * 30_000,
            b'{"a":' * 10_000,
            b"9" * 6000,
            b"\xff\xfe",
            b"\xef\xbb\xbf{}",
            b"NaN",
            b"Infinity",
            b'"\\ud800"',
            b'{"a": 1, "a": 2}',
            "{}".encode("utf-16"),
            b"\x1f\x8b\x08\x00",
        ]
    ),
    st.binary(max_size=60),
)


def as_json(value: Any, *, escaped: bool = True) -> bytes:
    """JSON as Python's own encoder writes it, numbers that are none included."""
    return json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass")


@st.composite
def bodies(draw: st.DrawFn, **fields: SearchStrategy[Any]) -> bytes:
    """A JSON body: mostly an object with these fields, each as given, odd or missing, sometimes more of them; or no JSON at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(NO_JSON | VALUES.map(as_json))
    made = {}
    for name, usual in fields.items():
        fate = draw(st.integers(0, 5))
        if fate:
            made[name] = draw(VALUES if fate == 1 else usual)
    if draw(st.integers(0, 5)) == 0:
        made |= draw(st.dictionaries(TEXTS, VALUES, max_size=2))
    return as_json(made, escaped=draw(st.booleans()))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to everything inside a JSON value."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way for step, item in steps for way in ((*path, step), *places(item, (*path, step)))]


@st.composite
def mutilated(draw: st.DrawFn, samples: list[Any]) -> Any:
    """One of the samples with up to four things in it taken away or replaced."""
    made = deepcopy(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(0, 4))):
        if not (ways := places(made)):
            break
        *way, step = draw(st.sampled_from(ways))
        parent = made
        for stage in way:
            parent = parent[stage]
        if draw(st.booleans()):
            del parent[step]
        else:
            parent[step] = draw(VALUES)
    return made

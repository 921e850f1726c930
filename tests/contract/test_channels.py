"""What every channel keeps on every sample payload, however often, in whatever order it is delivered.

A folder under `payloads/` is picked up by itself: one JSON file a payload as the vendor documents it, and `expected.json`
with what each is to become. `doors.py` says how the folder's channel is made.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from bot.channels.base import Request
from bot.domain.message import EventKind, InboundEvent
from bot.errors import RequestRejected
from bot.storage import intake
from bot.storage.ledger.counts import count
from bot.storage.schema import upgrade
from bot.storage.store import Store
from bot.storage.tables import attachment, event, message, message_revision
from tests.books import check_engine
from tests.contract.doors import DOORS, Door

PAYLOADS = Path(__file__).parent / "payloads"
FOLDERS = sorted(folder.name for folder in PAYLOADS.iterdir())
SAMPLES = [(folder, file.stem) for folder in FOLDERS for file in sorted((PAYLOADS / folder).glob("*.json"))]
SAMPLES = [(folder, sample) for folder, sample in SAMPLES if sample != "expected"]


def load(folder: str, sample: str) -> Any:
    return json.loads((PAYLOADS / folder / f"{sample}.json").read_text(encoding="utf-8"))


@cache
def door(folder: str) -> Door:
    return DOORS[folder]()


def parse(folder: str, payload: Any, *, escaped: bool = True) -> list[InboundEvent]:
    body = json.dumps(payload, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    return door(folder)(Request("POST", {}, {}, body))


def batch_of(folder: str) -> list[InboundEvent]:
    return [found for where, sample in SAMPLES if where == folder for found in parse(folder, load(folder, sample))]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path_factory.mktemp('store')}/front.db", reserve_bytes=0)
    upgrade(made.engine)
    yield made
    check_engine(made.engine)
    made.close()


@pytest.fixture
def empty_store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/front.db", reserve_bytes=0)
    upgrade(made.engine)
    yield made
    made.close()


def test_every_folder_has_a_door_and_says_what_it_expects() -> None:
    assert set(FOLDERS) == set(DOORS)
    for folder in FOLDERS:
        assert set(load(folder, "expected")) == {sample for where, sample in SAMPLES if where == folder}


@pytest.mark.parametrize(("folder", "sample"), SAMPLES, ids=lambda part: str(part))
def test_a_payload_becomes_what_is_expected(folder: str, sample: str) -> None:
    expected = load(folder, "expected")[sample]
    wanted = expected if isinstance(expected, list) else [expected]
    for found, one in zip(parse(folder, load(folder, sample)), wanted, strict=True):
        got = _told(found)
        assert {name: got[name] for name in one} == one


def _told(found: InboundEvent) -> dict[str, Any]:
    return {
        "channel": found.key.channel,
        "account": found.key.account,
        "kind": found.kind.value,
        "text": found.text,
        "reason": found.reason,
        "message_id": found.message_id,
        "customer_name": found.customer_name,
        "language": found.language,
        "chat": found.key.chat,
        "thread": found.key.thread,
        "button": [found.button.name, found.button.value] if found.button else None,
        "label": found.button.label if found.button else None,
        "attachments": [[one.kind, one.reference] for one in found.attachments],
        "sources": [one.source for one in found.attachments],
    }


@pytest.mark.parametrize(("folder", "sample"), SAMPLES, ids=lambda part: str(part))
def test_escapes_on_the_wire_make_no_difference(folder: str, sample: str) -> None:
    payload = load(folder, sample)
    assert parse(folder, payload, escaped=True) == parse(folder, payload, escaped=False)


def _counts(connection: Connection) -> dict[str, int]:
    tables = {"event": event, "message": message, "revision": message_revision, "attachment": attachment}
    return {
        name: connection.execute(select(func.count()).select_from(table)).scalar_one() for name, table in tables.items()
    }


def _reasons(connection: Connection) -> dict[str, str]:
    return {row.event_id: row.reason for row in connection.execute(select(event.c.event_id, event.c.reason))}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("folder", FOLDERS)
def test_delivered_twice_and_shuffled_in_one_batch_each_takes_effect_once(
    folder: str, seed: int, empty_store: Store
) -> None:
    events = batch_of(folder)
    twice = [*events, *events]
    random.Random(seed).shuffle(twice)
    empty_store.submit(lambda connection: intake.accept(connection, twice)).result()

    # Who is overheard in a sample has not spoken with us there.
    said = [found for found in events if found.kind in (EventKind.MESSAGE, EventKind.BUTTON) and not found.overheard]
    changes = [found for found in events if found.kind in (EventKind.EDIT, EventKind.DELETE)]
    counts = empty_store.read_now(_counts)
    assert counts["event"] == len(events)
    assert counts["message"] == len(said)
    assert counts["attachment"] == sum(len(found.attachments) for found in said)
    assert sum(one.number for one in empty_store.read_now(count) if one.table == "message") == len(said)

    reasons = empty_store.read_now(_reasons)
    orphans = sum(reasons[found.event_id] == "changes an unknown message" for found in changes)
    assert counts["revision"] + orphans == len(changes)
    ignored = [found for found in events if found.kind is EventKind.IGNORED]
    assert all(reasons[found.event_id] == found.reason != "" for found in ignored)


@pytest.mark.parametrize("folder", FOLDERS)
def test_in_the_vendors_order_an_edit_reaches_its_message(folder: str, empty_store: Store) -> None:
    events = sorted(batch_of(folder), key=lambda found: found.event_id)
    empty_store.submit(lambda connection: intake.accept(connection, events)).result()
    texts = empty_store.read_now(lambda connection: set(connection.execute(select(message.c.text)).scalars()))
    said = {(one.key, one.message_id) for one in events if one.kind is EventKind.MESSAGE and not one.overheard}
    edits = [found for found in events if found.kind is EventKind.EDIT and (found.key, found.message_id) in said]
    assert edits or not any(found.kind is EventKind.EDIT for found in events)
    assert all(found.text in texts for found in edits)


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(
        [
            2**63,
            -(2**64),
            10**400,
            1e308,
            -0.0,
            math.nan,
            math.inf,
            "",
            "\x00",
            "\ud800",
            "a\u202eb",
            "e" + "\u0301" * 50,
        ]
    ),
    st.text(max_size=20),
    st.lists(st.none(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
    st.just([[[[{}]]]]),
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in steps:
        yield (*path, step)
        yield from _places(item, (*path, step))


def _mutate(draw: st.DataObject, payload: Any) -> None:
    places = list(_places(payload))
    if not places:
        return
    *way, step = draw.draw(st.sampled_from(places))
    parent = payload
    for stage in way:
        parent = parent[stage]
    if draw.draw(st.booleans()):
        del parent[step]
    else:
        parent[step] = deepcopy(draw.draw(ODD))  # a later change may go into it


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data(), chosen=st.sampled_from(SAMPLES), changes=st.integers(1, 4))
def test_a_mutilated_payload_is_refused_or_stored_but_never_an_accident(
    draw: st.DataObject, chosen: tuple[str, str], changes: int, store: Store
) -> None:
    folder, sample = chosen
    payload = load(folder, sample)
    for _ in range(changes):
        _mutate(draw, payload)
    try:
        events = parse(folder, payload)
    except RequestRejected as refused:
        if refused.status != 400:
            raise
        return
    store.submit(lambda connection: intake.accept(connection, events)).result()
    known = store.read_now(lambda connection: connection.execute(select(event.c.event_id)).scalars().all())
    assert {found.event_id for found in events} <= set(known)


@settings(max_examples=200, deadline=None)
@given(folder=st.sampled_from(FOLDERS), body=st.binary(max_size=200))
def test_a_body_of_noise_is_refused(folder: str, body: bytes) -> None:
    with pytest.raises(RequestRejected):
        door(folder)(Request("POST", {}, {}, b"\x00" + body))

"""Whatever comes over a WebSocket is heard or ends that socket; it is never an accident, and hurts nobody else."""

from __future__ import annotations

import json

import pytest
from hypothesis import strategies as st

from tests.hostile.house import House
from tests.hostile.odd import NO_JSON, SCALARS, bodies, fuzz
from tests.hostile.wire import SocketWire, framed

INTERNAL_ERROR = 1011  # RFC 6455, section 7.4.1
OPCODES = st.sampled_from([0, 1, 1, 1, 1, 2, 3, 8, 9, 10, 15])
CONTENTS = st.one_of(
    bodies(
        type=st.sampled_from(["seen", "typing"]), position=st.integers(0, 5) | SCALARS, token=SCALARS, after=SCALARS
    ),
    NO_JSON,
    st.sampled_from([b"x" * 4097, b"x" * 70_000, b"\xc3\x28", b"\x03\xe8" + b"x" * 130]),
)
FRAMES = st.one_of(
    st.builds(
        framed,
        OPCODES,
        CONTENTS,
        final=st.sampled_from([True, True, True, False]),
        masked=st.sampled_from([True, True, True, False]),
        reserved=st.sampled_from([0, 0, 0, 4, 7]),
    ),
    st.binary(max_size=40),
)


pytestmark = pytest.mark.usefixtures("wire")


def _ends_well(socket: SocketWire) -> None:
    socket.leave()  # whoever has not been sent away by now
    assert socket.until_closed() != INTERNAL_ERROR


@fuzz(900, greeted=st.booleans(), frames=st.lists(FRAMES, min_size=1, max_size=6))
def test_the_chats_socket(house: House, greeted: bool, frames: list[bytes]) -> None:
    token = house.visitor[0][1].decode().removeprefix("Bearer ")
    with SocketWire(house.port, "/chat/api/live") as socket:
        assert socket.status == 101
        if greeted:
            socket.send(framed(1, json.dumps({"token": token, "after": 0}).encode()))
        for frame in frames:
            socket.send(frame)
        _ends_well(socket)


@fuzz(500, frames=st.lists(FRAMES, min_size=1, max_size=6))
def test_the_desks_socket(house: House, frames: list[bytes]) -> None:
    cookie = house.staff["agent"][0][1].decode()
    with SocketWire(house.port, "/desk/api/live", f"Origin: http://h\r\nCookie: {cookie}\r\n") as socket:
        assert socket.status == 101
        for frame in frames:
            socket.send(frame)
        _ends_well(socket)

"""Hosts on one machine: network namespaces with an address each, joined by a switch that can cut them off without a word.

Nothing of this machine's own network is touched. Names of namespaces and devices are told in `man ip-netns` and `man bridge`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NETWORK = "10.77.0.0/24"
_NEWNET = 0x40000000  # CLONE_NEWNET of linux/sched.h
_FORWARDING, _DISABLED = "3", "0"  # states of a bridge's port
_NOBODY = "02:00:00:00:00:ff"  # a hardware address that is on no port


def why_not() -> str:
    """Why this machine can have no hosts; empty where it can."""
    if os.geteuid() != 0:
        return "hosts are network namespaces, which only root can make"
    if missing := [program for program in ("ip", "bridge") if shutil.which(program) is None]:
        return f"hosts need {' and '.join(missing)} of iproute2"
    probe = f"front-{os.getpid()}-probe"
    tried = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        return f"no network namespace can be made here: {tried.stderr.strip()}"
    _run("ip", "netns", "del", probe)
    return ""


@dataclass(frozen=True)
class Host:
    """One host. `address` is where the others reach it."""

    name: str
    address: str
    _switch: str

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """This thread is on the host: sockets it opens and processes it starts meanwhile belong there."""
        with (
            _opened(Path("/proc/thread-self/ns/net")) as before,
            _opened(Path("/run/netns") / self._namespace) as there,
        ):
            _set_namespace(there)
            try:
                yield
            finally:
                _set_namespace(before)

    def cut_off(self) -> None:
        """Nothing gets to the host or from it any more, and nobody is told."""
        self._port(_DISABLED)

    def join(self) -> None:
        """Undo `cut_off`."""
        self._port(_FORWARDING)

    def cut_off_from(self, other: Host) -> None:
        """What these two send each other gets lost; all others reach both."""
        for one, far in ((self, other), (other, self)):
            _ip(one._namespace, "neigh", "replace", far.address, "lladdr", _NOBODY, "nud", "permanent", "dev", "eth0")

    def join_with(self, other: Host) -> None:
        """Undo `cut_off_from`."""
        for one, far in ((self, other), (other, self)):
            _ip(one._namespace, "neigh", "del", far.address, "dev", "eth0")

    @property
    def _namespace(self) -> str:
        return _namespace(self.name)

    def _port(self, state: str) -> None:
        _run("bridge", "-n", self._switch, "link", "set", "dev", self.name, "state", state)


@contextlib.contextmanager
def network(*names: str) -> Iterator[tuple[Host, ...]]:
    """Hosts of these names (up to 15 letters), each reachable from the others."""
    switch = _namespace("switch")
    made = []
    try:
        for name in ("switch", *names):
            _run("ip", "netns", "add", _namespace(name))
            made.append(_namespace(name))
            _ip(_namespace(name), "link", "set", "lo", "up")
        _ip(switch, "link", "add", "bridge", "type", "bridge")
        _ip(switch, "link", "set", "bridge", "up")
        yield tuple(_plug_in(name, number, switch) for number, name in enumerate(names, start=1))
    finally:
        for namespace in made:
            _run("ip", "netns", "del", namespace)


def _plug_in(name: str, number: int, switch: str) -> Host:
    host, address = _namespace(name), NETWORK.replace(".0/", f".{number}/")
    _ip(switch, "link", "add", "name", name, "type", "veth", "peer", "name", "eth0", "netns", host)
    _ip(switch, "link", "set", "dev", name, "master", "bridge", "up")
    _ip(host, "addr", "add", address, "dev", "eth0")
    _ip(host, "link", "set", "eth0", "up")
    return Host(name, address.partition("/")[0], switch)


def _namespace(name: str) -> str:
    return f"front-{os.getpid()}-{name}"


def _ip(namespace: str, *words: str) -> None:
    _run("ip", "-n", namespace, *words)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


@contextlib.contextmanager
def _opened(place: Path) -> Iterator[int]:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _set_namespace(descriptor: int) -> None:
    """`os.setns` came with Python 3.12."""
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, _NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "this thread cannot enter the network namespace")

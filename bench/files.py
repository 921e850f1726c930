"""How many files, of which each socket is one, this machine lets a process have open."""

from __future__ import annotations

import resource


def allow_files(number: int) -> None:
    """Let this process, and those it starts, open `number` files. SystemExit says what to do where that is not allowed."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < number:
        raise SystemExit(
            f"This needs {number} open files in a process, and {most} are allowed here (`ulimit -Hn`).\n"
            f"Allow more: as root `ulimit -n {number}` in this shell, `nofile` in /etc/security/limits.conf for a user,\n"
            "LimitNOFILE= for a service; or measure fewer sockets."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, most))

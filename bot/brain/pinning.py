"""Which process a conversation belongs to: rendezvous hashing.

D. Thaler, C. Ravishankar: Using Name-Based Mappings to Increase Hit Rates. IEEE/ACM Transactions on Networking 6(1), 1998.
Every conversation gives every process a weight of its own and belongs to the heaviest that is there. So all front lines agree without
speaking to each other; of N processes each has one Nth of the conversations; and when one goes, or comes back, only its own move.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def ranked(conversation: str, names: Iterable[str]) -> list[str]:
    """`names` in the order in which the conversation turns to them. The order of `names` makes no difference."""
    return sorted(names, key=lambda name: (_weight(conversation, name), name), reverse=True)


def _weight(conversation: str, name: str) -> bytes:
    return hashlib.blake2b(f"{conversation}\x1f{name}".encode(), digest_size=8).digest()

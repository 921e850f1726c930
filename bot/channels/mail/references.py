"""References: the names of mail conversations, as `FB-7K3Q-9M2X-4TPD-W8ZJ`.

Whoever knows a reference may write in its conversation, so it is no number that can be counted up: 60 bits that nobody guesses, and 20 more by which we
know our own. Without those somebody could write in a stranger's name with a reference of his choice, and know it when the stranger answers.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32 (https://www.crockford.com/base32.html): none is taken for another
_READ_AS = str.maketrans("OIL", "011")
_SECRET, _CHECK = 12, 4  # characters of five bits each
_GROUP = 4


class References:
    """Makes references from secrets of ours, and tells them from inventions. `prefix`: two to four letters they all begin with."""

    def __init__(self, key: bytes, prefix: str) -> None:
        self._key = key
        self._prefix = prefix
        body = r"-".join([r"[0-9A-Za-z]{4}"] * ((_SECRET + _CHECK) // _GROUP))
        self._form = re.compile(rf"(?<![0-9A-Za-z]){re.escape(prefix)}-({body})(?![0-9A-Za-z])", re.IGNORECASE)

    def derived(self, *seeds: str) -> str:
        """The reference that belongs to `seeds`: the same for the same, and not to be had from them by anybody else."""
        secret = self._letters("reference", "\x1f".join(seeds), _SECRET)
        return self._written(secret + self._letters("check", secret, _CHECK))

    def find(self, text: str) -> str:
        """The first reference of ours in `text`, as it is written; empty where there is none. Letters may be small, O may stand for 0, I and L for 1."""
        return next(self._ours(text), "")

    def find_last(self, texts: Iterable[str]) -> str:
        """The last reference of ours in any of `texts`; empty where there is none."""
        return ([found for text in texts for found in self._ours(text)] or [""])[-1]

    def _ours(self, text: str) -> Iterator[str]:
        for match in self._form.finditer(text):
            letters = match[1].replace("-", "").upper().translate(_READ_AS)
            if hmac.compare_digest(
                letters[_SECRET:].encode(), self._letters("check", letters[:_SECRET], _CHECK).encode()
            ):
                yield self._written(letters)

    def _letters(self, purpose: str, of: str, length: int) -> str:
        digest = hmac.new(self._key, f"{purpose}\x1f{of}".encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        number = int.from_bytes(digest, "big")
        return "".join(_ALPHABET[number >> 5 * place & 31] for place in range(length))

    def _written(self, letters: str) -> str:
        groups = [letters[begin : begin + _GROUP] for begin in range(0, len(letters), _GROUP)]
        return "-".join([self._prefix, *groups])

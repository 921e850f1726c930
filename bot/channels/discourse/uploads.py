"""What members upload: the short address that stands in their posts, and where the community hands it out. Pure.

`get "uploads/short-url/:base62(.:extension)"` in https://github.com/discourse/discourse/blob/main/config/routes.rb
"""

from __future__ import annotations

import re

_SHORT = re.compile(r"upload://([A-Za-z0-9]{1,64}(?:\.[A-Za-z0-9._-]{1,32})?)")


def path_of(address: str) -> str:
    """The path of an upload by its short address; empty for any other address, for what is elsewhere may be anywhere."""
    found = _SHORT.fullmatch(address)
    return f"/uploads/short-url/{found[1]}" if found else ""

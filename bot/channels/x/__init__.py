"""X: one account, its posts in public (`posting.py`) and its direct messages (`messaging.py`), behind one door (`door.py`).

What X calls us with is translated in `activity.py` and below it, all of it pure; `client.py` asks X for something.
"""

from bot.channels.x.access import XAccess
from bot.channels.x.door import XDoor
from bot.channels.x.messaging import XDirect
from bot.channels.x.posting import XPosts

__all__ = ["XAccess", "XDirect", "XDoor", "XPosts"]

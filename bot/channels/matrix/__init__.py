"""Matrix: an account in rooms of two, and of several where it is spoken to; encrypted ones included.

`adapter.py` is the channel; `parsing.py` translates in, `rendering.py` out, both pure; `polling.py` follows /sync; `rooms.py` has the keys;
`sources.py` says where files are, `media.py` fetches them.
"""

from bot.channels.matrix.adapter import MatrixChannel
from bot.channels.matrix.settings import MatrixSettings

__all__ = ["MatrixChannel", "MatrixSettings"]

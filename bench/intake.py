"""The product's doors alone, on SQLite: `python -m bench.intake`. What comes in waits; nobody works on it.

`role = "web"` is refused there, since nobody else could ever work on it: for measuring how fast it comes in that is just right.
"""

from __future__ import annotations

import uvloop
from rich.console import Console

from bot.serving import serve_forever
from bot.settings import Settings

if __name__ == "__main__":
    uvloop.run(serve_forever(Settings.load().model_copy(update={"role": "web"}), Console()))

"""E-mail: one address that customers write to, and where the contact form's messages are answered.

`adapter.py` is the channel. A mail comes in through `parsing.py` (with `automatic.py` for what a machine wrote, `bounces.py`, `parts.py`, `quoting.py`)
and goes out through `rendering.py` and `sending.py`; `references.py` names the conversations.
"""

from bot.channels.mail.adapter import MailChannel

__all__ = ["MailChannel"]

"""The conversation: what becomes of a message. `flow.py` is the story on one page; `wording.yml` has every word."""

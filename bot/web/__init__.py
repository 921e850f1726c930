"""The pages and doors over HTTP, a room each: chat, desk, answers. `app.py` puts them together."""

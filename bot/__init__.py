"""The front line: receives customers' messages, answers or hands over, and sends the replies.

`ls bot/` follows a message: web and channels take it in, delivery queues it, the brain reads it,
conversation decides, delivery sends. docs/architecture.md shows the way in one picture.
"""

"""The way in and the way out: inbox, worker, outbox. Nothing is acknowledged before it is durable."""

"""Answers: read from files, kept in versions, published to everything that answers."""

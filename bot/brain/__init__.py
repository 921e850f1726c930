"""Brains: who reads a message and says what to do. Rasa is the brain; the local one stands in while it is away."""

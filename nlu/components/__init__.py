"""Thin Rasa components around `nlu`. The only part of `nlu` that imports rasa."""

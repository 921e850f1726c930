"""Handing over to people: opening hours, the desk's work on cases."""

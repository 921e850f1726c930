"""Rasa's side of the dialogue: the channel at its door, the custom actions, and how both are run and trained."""

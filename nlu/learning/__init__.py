"""Learning: what is fitted once to a content, before anything is read with it. Reading needs nothing of this room, and this room alone scikit-learn."""

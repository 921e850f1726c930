"""`make soak`: the product for minutes or hours under load and under blows, and the reckoning."""

"""What the business is about, in plain frozen data. Standard library only."""

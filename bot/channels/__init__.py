"""The doors. `base.py` is the contract; one file a channel translates between a vendor's words and ours."""

"""Understanding: what a customer's message means, as a pure library.

One sentence goes in, a `Reading` comes out. The same snapshot gives the same reading in every process.
"""

"""Measuring understanding on labelled questions: reading the files, fitting, the figures and their picture."""

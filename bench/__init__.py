"""Benchmarks: figures anyone can get on one machine in one run, each beside a peer."""

"""Attempts to break what is promised, as functions of a seed: few of them in the tests, many in tests/soak.py."""

"""Speeds, as commands: each measures ours and the stock way in one run, and prints the ratio."""

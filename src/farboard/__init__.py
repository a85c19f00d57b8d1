"""Farboard: the training curves of a far-away machine, live, on the machine in front of you."""

__version__ = "0.1.0"

"""Talking to devices. Imports nothing of `pipeline`, so a collector can be used and tested alone."""

from collectors import _moved

_moved.install()

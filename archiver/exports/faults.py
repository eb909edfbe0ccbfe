"""What makes a whole file of a download unreadable."""

from __future__ import annotations


class UnreadableError(ValueError):
    """A file that is not what its name says. The message is one line for the report."""

"""What makes a file of a download unreadable, or one element of it."""

from __future__ import annotations


class UnreadableError(ValueError):
    """A file that is not what its name says. The message is one line for the report."""


class ElementError(ValueError):
    """What one element wants, in one line for the report that quotes nothing of it."""

"""The command line: a noun, a verb, and no logic of its own."""

from archiver.cli.main import main

__all__ = ["main"]

"""Asking before deleting: an official asks, a copy is kept, manager and attorney decide."""

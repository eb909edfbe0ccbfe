"""Asking custodians, what they answer and return, and what other departments hand over."""

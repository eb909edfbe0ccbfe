"""What officials forward from accounts of their own, with no request open: the official, their
statement, the acknowledgement."""

"""Every address of the desk, by the work it belongs to."""

"""The plain format: records of any platform, written by hand or by another program."""
